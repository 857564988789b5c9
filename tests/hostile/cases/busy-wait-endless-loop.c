/* SPDX-License-Identifier: MIT */
/* It computes nothing, for ever.
 * Engines: asan,criterion */

static void act(void)
{
    volatile int going = 1;

    while (going) {
    }
}
