/* SPDX-License-Identifier: MIT */
/* Limits of its parent. */
#include <sys/resource.h>
#include <unistd.h>

static void act(void)
{
    struct rlimit r = {0, 0};

    prlimit(getppid(), RLIMIT_CPU, &r, NULL);
}
