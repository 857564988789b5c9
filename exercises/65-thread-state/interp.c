/* SPDX-License-Identifier: MIT */
/* interp.c - an interpreter, and the threads that are attached to it.
 *
 * Exercise 65: your file. interp.h says what each function promises. */
#include "interp.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "gil.h"

struct state {
    bool inside; /* TODO: what a thread has to know of itself */
};

struct interp {
    struct gil gil; /* TODO: how a thread finds its state, and who has one */
};

struct interp *interp_create(void)
{
    /* TODO: the calling thread is attached, and has the lock. */
    return NULL;
}

int state_ensure(struct interp *in, enum state_was *out_was)
{
    /* TODO: stranger, away or inside? Undo what you did if you cannot. */
    (void)in;
    (void)out_was;
    return ENOSYS;
}

void state_release(struct interp *in, enum state_was was)
{
    /* TODO: back to what it was. */
    (void)in;
    (void)was;
}

struct state *state_save(struct interp *in)
{
    /* TODO: let go of the lock, keep the state. */
    (void)in;
    return NULL;
}

int state_restore(struct interp *in, struct state *s)
{
    /* TODO: the lock again, if there is still one to get. */
    (void)in;
    (void)s;
    return ENOSYS;
}

struct state *state_current(struct interp *in)
{
    /* TODO: only for a thread that is inside. */
    (void)in;
    return NULL;
}

size_t interp_threads(struct interp *in)
{
    /* TODO */
    (void)in;
    return 0;
}

void interp_finish(struct interp *in)
{
    /* TODO: close the lock, then wait for those who are away. */
    (void)in;
}

void interp_destroy(struct interp *in)
{
    /* TODO: give back whatever interp_create took. */
    (void)in;
}
