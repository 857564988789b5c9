/* SPDX-License-Identifier: MIT */
/* A file that never comes. */

#include "/dev/stdin"

static void act(void)
{
    (void)0;
}
