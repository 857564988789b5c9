/* SPDX-License-Identifier: MIT */
/* An object file of eight gigabytes. */

static volatile char bomb[1L << 33] = {1};

static void act(void)
{
    bomb[0] = 1;
}
