/* SPDX-License-Identifier: MIT */
/* A process by the call beneath fork. */
#include <sched.h>
#include <stddef.h>

static char stack[65536];

static int child(void *arg)
{
    return arg == NULL;
}

static void act(void)
{
    clone(child, stack + sizeof stack, 0, NULL);
}
