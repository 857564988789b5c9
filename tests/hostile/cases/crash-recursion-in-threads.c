/* SPDX-License-Identifier: MIT */
/* The stacks of three threads overflow.
 * Engines: asan */

#define IN_WORKER
static long deeper(volatile long n)
{
    volatile char room[512];

    room[0] = (char)n;
    return n == 0 ? room[0] : deeper(n + 1) + room[0];
}

static void act(void)
{
    deeper(1);
}
