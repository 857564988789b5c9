/* SPDX-License-Identifier: MIT */
/* wrap_file.c - flockfile and its like: the lock of a stdio stream is a
 * recursive mutex (POSIX, flockfile). The C library takes it out of everybody's
 * sight, so each stream that is locked by hand gets a mutex beside it, which is
 * taken first: one set of rules, and ThreadSanitizer sees what it knows. */
#include "arena.h"
#include "rt.h"
#include "wrap.h"
#include "wrap_calls.h"

#include <stdio.h>

REAL(void, flockfile, (FILE *));
REAL(int, ftrylockfile, (FILE *));
REAL(void, funlockfile, (FILE *));

enum { STREAMS = 8 }; /* locked by hand in one run; more go to the library */

static _Atomic(FILE *) streams[STREAMS];
static pthread_mutex_t *locks; /* of STREAMS; no variable's, to be named by */

__attribute__((constructor)) static void prepare(void)
{
    locks = arena_map(STREAMS * sizeof *locks);
    for (int i = 0; locks != NULL && i < STREAMS; i++) {
        locks[i] = (pthread_mutex_t)PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
    }
}

/* NULL if there is none for it. */
static pthread_mutex_t *lock_of(FILE *f)
{
    for (int i = 0; locks != NULL && i < STREAMS; i++) {
        FILE *owner = NULL;
        if (atomic_compare_exchange_strong(&streams[i], &owner, f) ||
            owner == f) {
            return &locks[i];
        }
    }
    return NULL;
}

void __wrap_flockfile(FILE *f)
{
    pthread_mutex_t *lock = lock_of(f);

    if (lock != NULL) {
        rt_mutex_lock(lock, HERE);
    }
    __real_flockfile(f);
}

int __wrap_ftrylockfile(FILE *f)
{
    pthread_mutex_t *lock = lock_of(f);

    if (lock != NULL && rt_mutex_trylock(lock, HERE) != 0) {
        return -1;
    }
    if (__real_ftrylockfile(f) == 0) {
        return 0;
    }
    if (lock != NULL) {
        rt_mutex_unlock(lock, HERE);
    }
    return -1;
}

void __wrap_funlockfile(FILE *f)
{
    pthread_mutex_t *lock = lock_of(f);

    __real_funlockfile(f);
    if (lock != NULL) {
        rt_mutex_unlock(lock, HERE);
    }
}
