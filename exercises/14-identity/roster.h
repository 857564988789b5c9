/* SPDX-License-Identifier: MIT */
/* roster.h - who is who: the threads of a program, with names and numbers.
 *
 * Exercise 14: write roster.c, leave this file alone. The comments are the
 * contract; tests check nothing that is not promised here.
 *
 * A thread belongs to at most one roster at a time. */
#ifndef ROSTER_H
#define ROSTER_H
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { ROSTER_NAME_SIZE = 16 }; /* the system's limit, with the final '\0' */

/* Who a thread is. A copy: it does not change when the thread does. */
struct identity {
    unsigned ident; /* 1, 2, ...: of one thread, and never of another later */
    pid_t native;   /* what gettid() says in that thread */
    bool is_main;   /* it is the thread that made the roster, whichever */
    char name[ROSTER_NAME_SIZE];
};

struct roster; /* opaque: its fields are yours to choose */

/* Make a roster, with the caller as its first member: its main thread, ident
 * 1, named "main" here (its name in the system stays as it is). Threads: any
 * that is no member of another; it need not be the first of the process.
 * Returns the roster, which the main thread gives to roster_destroy, or NULL
 * if there is no memory. */
struct roster *roster_create(void);

/* Start a thread that becomes a member, calls run(arg) and ends when that
 * returns. Its ident is greater than those of all who were members before this
 * call. Its name, here and in the system (pthread_getname_np), is a copy of
 * `name`, cut to 15 characters if it is longer; with NULL it is "thread-" and
 * the ident, as in "thread-7". It has both names before run is called.
 * Returns 0 and writes the thread to *out_thread for the caller, who is to
 * pthread_join it; or the error of pthread_create, and nobody is added. When
 * it returns 0 the thread is a member, with its whole identity, unless it has
 * come to its end already. It may sleep a moment for that.
 * `name` may be changed or freed after the call; arg is only passed on.
 * Threads: any number, members or not. */
int roster_start(struct roster *r, const char *name, void (*run)(void *arg),
                 void *arg, pthread_t *out_thread);

/* Who am I?
 * Returns 0 and writes *out; or ESRCH if the caller is no member of `r`, though
 * it may be one of another roster.
 * Threads: any number. */
int roster_current(struct roster *r, struct identity *out);

/* Change the caller's name, here and in the system, as for roster_start.
 * `name` may not be NULL.
 * Returns 0; or ESRCH if the caller is no member of `r` (nothing changes).
 * Threads: any number. */
int roster_rename(struct roster *r, const char *name);

/* Who is there at this moment? A member that was started is on the list until
 * its run returns, and is gone when pthread_join of it has returned; the main
 * thread is always there.
 * Returns how many there are, and writes the first `max` of them to out[0],
 * out[1], ... in the order of their idents. out may be NULL if max is 0.
 * Threads: any number, members or not. */
size_t roster_list(struct roster *r, struct identity out[], size_t max);

/* Free the roster; its main thread is nobody's member then. All other members
 * have been joined, and no thread may be inside, or later enter, a roster call
 * on `r`. */
void roster_destroy(struct roster *r);

#endif
