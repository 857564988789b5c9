/* SPDX-License-Identifier: MIT */
/* A file of the system. */

#include "/etc/passwd"

static void act(void)
{
    (void)0;
}
