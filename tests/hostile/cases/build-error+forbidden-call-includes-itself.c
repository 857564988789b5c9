/* SPDX-License-Identifier: MIT */
/* Without end. */

#include __FILE__

static void act(void)
{
    (void)0;
}
