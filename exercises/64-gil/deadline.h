/* SPDX-License-Identifier: MIT */
/* deadline.h - moments to wait until. Given: leave this file alone. */
#ifndef DEADLINE_H
#define DEADLINE_H
#include <time.h>

/* Returns the moment `ms` milliseconds from now on CLOCK_MONOTONIC, as
 * pthread_cond_clockwait wants it. Threads: any number, at any time. */
static inline struct timespec deadline_after(unsigned ms)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += ms / 1000;
    t.tv_nsec += (long)(ms % 1000) * 1000000;
    if (t.tv_nsec >= 1000000000) {
        t.tv_sec++;
        t.tv_nsec -= 1000000000;
    }
    return t;
}
#endif
