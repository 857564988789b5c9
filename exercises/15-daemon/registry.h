/* SPDX-License-Identifier: MIT */
/* registry.h - threads to wait for at the end, and threads not to.
 *
 * Exercise 15: write registry.c, leave this file alone. The comments are the
 * contract; tests check nothing that is not promised here. */
#ifndef REGISTRY_H
#define REGISTRY_H
#include <stdbool.h>

struct registry; /* opaque: its fields are yours to choose */

/* Make a registry with no threads.
 * Returns it, or NULL if there is no memory.
 * The caller owns it and ends it with registry_destroy.
 * Threads: any number. */
struct registry *registry_create(void);

/* Start a thread that calls fn(arg), whose result is dropped. If `daemon` is
 * true the thread is detached before this call returns; if not,
 * registry_shutdown will join it.
 * Returns 0; or ESHUTDOWN once registry_shutdown has found nobody left to
 * wait for; or ENOMEM, or the error of pthread_create. If not 0, no thread was
 * started, and nothing is left to wait for or to free.
 * The registry never touches *arg. fn ends by returning.
 * Threads: any number, threads of this registry included, also while
 * registry_shutdown waits. */
int registry_spawn(struct registry *r, void *(*fn)(void *), void *arg,
                   bool daemon);

/* Join every thread that is not a daemon: those started before this call, and
 * those started while it waits, by the threads it waits for or by others.
 * When it returns, no such thread is left, and none can be started any more.
 * It never waits for a daemon, and never stops one: daemons run on.
 * Threads: call it once, from a thread that this registry did not start. */
void registry_shutdown(struct registry *r);

/* Free the registry and all that belongs to it, after registry_shutdown.
 * Daemons may still be running: neither they nor what they were started with
 * may need the registry any more.
 * No thread may be inside, or later enter, a registry call on `r`. */
void registry_destroy(struct registry *r);

#endif
