/* SPDX-License-Identifier: MIT */
/* context.h - values that belong to what is being done, not to a thread.
 *
 * Exercise 53: write context.c, leave this file alone. The comments are the
 * contract; tests check nothing that is not promised here.
 *
 * A context says which value each variable has. Every thread is in one context
 * at a time, its current one, and ctxvar_get and ctxvar_set mean that one. A
 * thread begins in a context of its own in which nothing is set. That one ends
 * with the thread, whether it returns or calls pthread_exit. */
#ifndef CONTEXT_H
#define CONTEXT_H
#include <pthread.h>

struct context; /* opaque: its fields are yours to choose */

/* A variable. It is its address that counts: two variables with the same
 * fallback are two. It must stay where it is as long as it is used or set
 * anywhere. Nothing in it ever changes. */
struct ctxvar {
    void *fallback; /* its value in a context where it is not set */
};

/* What ctxvar_set leaves behind for ctxvar_reset. The fields are for context.c
 * alone. */
struct ctxtoken {
    struct ctxvar *var;      /* NULL: used */
    struct context *context; /* where it was set */
    void *before;            /* what its value was there */
};

/* Returns the value of `var` in the current context: what was last set there,
 * or the fallback.
 * Threads: any number, at any time. */
void *ctxvar_get(struct ctxvar *var);

/* Give `var` another value, in the current context and nowhere else. The
 * context keeps the pointer, and never touches what it points at.
 * Returns 0, and writes *token unless token is NULL; or ENOMEM, and nothing has
 * changed.
 * Threads: any number, at any time. */
int ctxvar_set(struct ctxvar *var, void *value, struct ctxtoken *token);

/* Give the variable back the value it had before the ctxvar_set that wrote
 * *token, and mark the token as used.
 * Returns 0; or EINVAL if the token has been used, or if the current context is
 * not the one it was written in: then nothing has changed, and the token can
 * still be used there. It must not be used when that context has ended. */
int ctxvar_reset(struct ctxtoken *token);

/* Copy the current context: all variables with the values they have now. From
 * here on neither sees what is set in the other.
 * Returns the copy, which the caller ends with context_destroy; or NULL if
 * there is no memory. Any thread may run in it.
 * Threads: any number, at any time. */
struct context *context_copy(void);

/* Call run(arg) in the calling thread, with `c` as its current context. When
 * run has returned, the context that was current before is so again. The same
 * holds if it never returns, because the thread calls pthread_exit inside.
 * What run has set stays in `c`: the next context_run finds it.
 * run may call all functions of this file, with other contexts as well.
 * Returns 0; or EBUSY, at once and without calling run, if some thread is in
 * `c` just now, or will come back to it, be it the caller itself.
 * Threads: any number, at any time. What was done in `c` before is visible. */
int context_run(struct context *c, void (*run)(void *arg), void *arg);

/* Like pthread_create(out_thread, NULL, main, arg), but the context in which
 * the thread begins is a copy of the caller's current one, as it is at the time
 * of this call. It ends with the thread.
 * Returns 0 and writes *out_thread, which the caller joins; or ENOMEM or the
 * error of pthread_create, and there is no thread. */
int context_spawn(pthread_t *out_thread, void *(*main)(void *arg), void *arg);

/* Free a context from context_copy; the values are not touched. No thread may
 * be in it, or later enter it. */
void context_destroy(struct context *c);
#endif
