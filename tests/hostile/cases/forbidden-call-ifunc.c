/* SPDX-License-Identifier: MIT */
/* Code before main, while the program is linked. */

static int zero(void)
{
    return 0;
}
static int (*choose(void))(void)
{
    return zero;
}
int nothing(void) __attribute__((ifunc("choose")));

static void act(void)
{
    (void)0;
}
