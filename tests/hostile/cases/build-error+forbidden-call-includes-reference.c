/* SPDX-License-Identifier: MIT */
/* The answer, from next door. */

#define counter_create reference_create
#include "../../reference/21-counter/counter.c"
#undef counter_create

static void act(void)
{
    (void)0;
}
