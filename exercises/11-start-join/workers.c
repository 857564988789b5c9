/* SPDX-License-Identifier: MIT */
/* workers.c - your solution of exercise 11. workers.h says what to build. */
#include "workers.h"

#include <errno.h>

/* TODO: start n threads that call `work` (pthread_create), each with its own
 * index; then wait for all that were started (pthread_join), also when one of
 * them could not be started; report how many there were. */
int workers_run(size_t n, void (*work)(size_t index, void *arg), void *arg,
                size_t *out_started)
{
    (void)n;
    (void)work;
    (void)arg;
    (void)out_started;
    return ENOSYS;
}
