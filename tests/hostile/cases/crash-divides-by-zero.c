/* SPDX-License-Identifier: MIT */
/* SIGFPE.
 * Engines: asan,tsan */

static void act(void)
{
    volatile int zero = 0;

    zero = 7 / zero;
}
