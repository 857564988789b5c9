/* SPDX-License-Identifier: MIT */
/* The answer, from where the kit is. */

#define counter_create reference_create
#include "@KIT@/reference/21-counter/counter.c"
#undef counter_create

static void act(void)
{
    (void)0;
}
