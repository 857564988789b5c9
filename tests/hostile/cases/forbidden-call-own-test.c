/* SPDX-License-Identifier: MIT */
/* A test of its own, in Criterion's section. */

__attribute__((section("cr_tst"), used)) static void *one;

static void act(void)
{
    (void)0;
}
