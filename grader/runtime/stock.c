/* SPDX-License-Identifier: MIT */
/* stock.c - what threadlab.h promises, for the stock Criterion runner. Linked
 * with --wrap=pthread_create and nothing else of the runtime. */
#include "threadlab.h"

#include <errno.h>
#include <pthread.h>

static int budget = -1; /* creations still allowed; -1 is no limit */

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attr,
                          void *(*fn)(void *), void *arg);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr,
                          void *(*fn)(void *), void *arg);

void tl_fail_create(int after)
{
    __atomic_store_n(&budget, after, __ATOMIC_SEQ_CST);
}

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr,
                          void *(*fn)(void *), void *arg)
{
    int left = __atomic_load_n(&budget, __ATOMIC_SEQ_CST);

    if (left == 0) {
        return EAGAIN;
    }
    if (left > 0) {
        __atomic_sub_fetch(&budget, 1, __ATOMIC_SEQ_CST);
    }
    return __real_pthread_create(thread, attr, fn, arg);
}
