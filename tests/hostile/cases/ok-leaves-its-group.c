/* SPDX-License-Identifier: MIT */
/*
 * Engines: asan,criterion */
#include <unistd.h>

static void act(void)
{
    setpgid(0, 0);
    setsid();
}
