/* SPDX-License-Identifier: MIT */
/* event.h - a flag that threads can wait for.
 *
 * Exercise 31: write event.c, leave this file alone. The comments are the
 * contract; tests check nothing that is not promised here. */
#ifndef EVENT_H
#define EVENT_H
#include <stdbool.h>

struct event; /* opaque: its fields are yours to choose */

/* Make an event whose flag is not set.
 * Returns the event, or NULL if memory runs out.
 * The caller owns it and ends it with event_destroy. */
struct event *event_create(void);

/* Set the flag, and release every thread that waits for it. The flag stays set
 * until event_clear. Setting a set event changes nothing.
 * Threads: any number, at any time. */
void event_set(struct event *e);

/* Take the flag back: later waits block again. Clearing a clear event changes
 * nothing. A thread that a set is just about to release may be released or may
 * go on waiting if the event is cleared first: both are right.
 * Threads: any number, at any time. */
void event_clear(struct event *e);

/* Look, without waiting.
 * Returns true if the flag is set at this moment.
 * Threads: any number, at any time. If it returns true, all that the setting
 * thread did before its event_set is visible to the caller. */
bool event_is_set(struct event *e);

/* Sleep until the flag is set; return at once if it is. Returns for no other
 * reason, and burns no processor time while it waits.
 * Threads: any number, at any time. All that the setting thread did before its
 * event_set is visible to the caller. */
void event_wait(struct event *e);

/* As event_wait, but for `timeout_ms` milliseconds at most, measured on
 * CLOCK_MONOTONIC from the call. 0 only looks; every value of the type works.
 * Returns 0 if the flag was set, or ETIMEDOUT if the time has passed (never
 * sooner) and it is not set.
 * Threads: any number, at any time; visibility as in event_wait when 0. */
int event_timedwait(struct event *e, unsigned timeout_ms);

/* Free the event. No thread may be inside, or later enter, an event call. */
void event_destroy(struct event *e);
#endif
