/* SPDX-License-Identifier: MIT */
/* Code after main. */
#include <unistd.h>

__attribute__((destructor)) static void late(void)
{
    _exit(0);
}

static void act(void)
{
    (void)0;
}
