/* SPDX-License-Identifier: MIT */
/* moment.h - moments as plain numbers, in nanoseconds on CLOCK_MONOTONIC.
 * Given: leave this file alone. */
#ifndef MOMENT_H
#define MOMENT_H
#include <stdint.h>
#include <time.h>

/* Returns this moment. Threads: any number, at any time. */
static inline int64_t moment_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Returns `moment` as pthread_cond_clockwait wants it. */
static inline struct timespec moment_as_timespec(int64_t moment)
{
    struct timespec t = {.tv_sec = (time_t)(moment / 1000000000),
                         .tv_nsec = (long)(moment % 1000000000)};

    return t;
}
#endif
