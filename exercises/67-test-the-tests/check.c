/* SPDX-License-Identifier: MIT */
/* check.c - is this booth right? Your work; see booth.h. */
#include "booth.h"

#include <pthread.h>
#include <stddef.h>

/* What the threads of one trial share. */
struct trial {
    const struct booth_impl *impl; /* TODO: the rest; which lock guards what */
};

/* TODO: start with one thread that makes a few calls in turn. Then let two
 * calls meet: keep one in the middle while the other comes. */
bool booth_check(const struct booth_impl *impl)
{
    struct trial t = {impl};

    return t.impl != NULL;
}
