/* SPDX-License-Identifier: MIT */
/* A file without end. */

#include "/dev/zero"

static void act(void)
{
    (void)0;
}
