/* SPDX-License-Identifier: MIT */
/* It changes what the kernel does with it. */
#include <sys/prctl.h>

static void act(void)
{
    prctl(PR_SET_DUMPABLE, 0);
}
