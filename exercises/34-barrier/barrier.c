/* SPDX-License-Identifier: MIT */
/* barrier.c - a place where threads wait until all of them have come.
 *
 * Exercise 34: your file. barrier.h says what each function promises. */
#include "barrier.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

struct barrier {
    unsigned parties; /* TODO: the rest, and say which lock guards what */
};

struct barrier *barrier_create(unsigned parties)
{
    /* TODO: refuse 0; allocate; set up every field. */
    (void)parties;
    return NULL;
}

int barrier_wait(struct barrier *b, unsigned *out_index)
{
    /* TODO: come; the last one ends the round; the others sleep until their
     * round has ended. How do they learn how it ended? */
    (void)b;
    (void)out_index;
    return ENOSYS;
}

int barrier_timed_wait(struct barrier *b, unsigned timeout_ms,
                       unsigned *out_index)
{
    /* TODO: the same with a deadline. Who is too late breaks the barrier. */
    (void)b;
    (void)timeout_ms;
    (void)out_index;
    return ENOSYS;
}

void barrier_abort(struct barrier *b)
{
    /* TODO: break it, and send home who waits. */
    (void)b;
}

void barrier_reset(struct barrier *b)
{
    /* TODO: send home who waits, and begin anew. */
    (void)b;
}

bool barrier_is_broken(struct barrier *b)
{
    /* TODO: reading takes the lock, too. */
    (void)b;
    return false;
}

void barrier_destroy(struct barrier *b)
{
    /* TODO: give back all that barrier_create took. */
    (void)b;
}
