/* SPDX-License-Identifier: MIT */
/* A function in assembly. */

__asm__(".globl nothing\nnothing: ret");

static void act(void)
{
    (void)0;
}
