/* SPDX-License-Identifier: MIT */
/* Right: one atomic word decides everything. Its two low bits are the state,
 * the others the list of calls that were asked for, the newest first. Whoever
 * makes the future done takes the list with the same exchange. A semaphore lets
 * the waiters through, and each posts it again for the next. */
#include "future.h"

#include <errno.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

enum { PENDING = 0, RUNNING = 1, FINISHED = 2, CANCELLED = 3, STATE = 3 };

struct call {
    struct call *next;
    void (*fn)(struct future *f, void *arg);
    void *arg;
};

struct future {
    int (*task)(void *arg, void **out_value); /* constant after create */
    void *arg;                                /* likewise */

    atomic_uintptr_t word; /* state and calls; none once it is done */
    sem_t gate;            /* 1 from when it is done, but for moments */
    int error;             /* written while RUNNING, by who runs the task */
    void *value;           /* likewise */
};

static struct call *calls_of(uintptr_t word)
{
    return (struct call *)(word & ~(uintptr_t)STATE);
}

static bool is_done(uintptr_t word)
{
    return (word & STATE) >= FINISHED;
}

struct future *future_create(int (*task)(void *arg, void **out_value),
                             void *arg)
{
    struct future *f = calloc(1, sizeof(*f));

    if (f != NULL) {
        f->task = task;
        f->arg = arg;
        atomic_init(&f->word, PENDING);
        sem_init(&f->gate, 0, 0);
    }
    return f;
}

/* f is done since the word was `before`: let them through, make the calls. */
static void settled(struct future *f, uintptr_t before)
{
    struct call *first = NULL;

    sem_post(&f->gate);
    for (struct call *c = calls_of(before); c != NULL;) {
        struct call *next = c->next;

        c->next = first;
        first = c;
        c = next;
    }
    while (first != NULL) {
        struct call *c = first;

        first = c->next;
        c->fn(f, c->arg);
        free(c);
    }
}

bool future_run(struct future *f)
{
    uintptr_t word = atomic_load(&f->word);

    do {
        if ((word & STATE) != PENDING) {
            return false;
        }
    } while (!atomic_compare_exchange_weak(&f->word, &word, word | RUNNING));
    f->error = f->task(f->arg, &f->value);
    settled(f, atomic_exchange(&f->word, FINISHED));
    return true;
}

bool future_cancel(struct future *f)
{
    uintptr_t word = atomic_load(&f->word);

    do {
        if ((word & STATE) != PENDING) {
            return (word & STATE) == CANCELLED;
        }
    } while (!atomic_compare_exchange_weak(&f->word, &word, CANCELLED));
    settled(f, word);
    return true;
}

bool future_done(struct future *f)
{
    return is_done(atomic_load(&f->word));
}

int future_result(struct future *f, void **out_value)
{
    uintptr_t word = atomic_load(&f->word);

    if (!is_done(word)) {
        while (sem_wait(&f->gate) != 0) {
            /* a signal handler ran (EINTR): wait on */
        }
        sem_post(&f->gate);
        word = atomic_load(&f->word);
    }
    if ((word & STATE) == CANCELLED) {
        return ECANCELED;
    }
    if (f->error == 0) {
        *out_value = f->value;
    }
    return f->error;
}

int future_on_done(struct future *f, void (*call)(struct future *f, void *arg),
                   void *arg)
{
    struct call *c = malloc(sizeof(*c));
    uintptr_t word = 0;

    if (c == NULL) {
        return ENOMEM;
    }
    c->fn = call;
    c->arg = arg;
    word = atomic_load(&f->word);
    do {
        if (is_done(word)) {
            free(c);
            call(f, arg);
            return 0;
        }
        c->next = calls_of(word);
    } while (!atomic_compare_exchange_weak(&f->word, &word,
                                           (uintptr_t)c | (word & STATE)));
    return 0;
}

void future_destroy(struct future *f)
{
    for (struct call *c = calls_of(atomic_load(&f->word)); c != NULL;) {
        struct call *next = c->next;

        free(c);
        c = next;
    }
    sem_destroy(&f->gate);
    free(f);
}
