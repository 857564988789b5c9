/* SPDX-License-Identifier: MIT */
/* What the compiler cannot see. */

int zero(void);
int zero(void)
{
    int n;
    __asm__ volatile("xor %0, %0" : "=r"(n));
    return n;
}

static void act(void)
{
    (void)0;
}
