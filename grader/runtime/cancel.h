/* SPDX-License-Identifier: MIT */
/* cancel.h - cancellation points in the model, see wrap_cancel.c. For threads
 * of the child. */
#ifndef CANCEL_H
#define CANCEL_H

#include "rt.h"

/* Under control a thread at a cancellation point sleeps in the model: rt_pause
 * is a sched_block that acts on a cancellation, with the clean-up handlers
 * that are pushed; `eintr` tells which other signals end it (WHY_SIGNAL). */
extern void __real_pthread_testcancel(void);
enum rt_why rt_pause(struct rt_thread *t, uint64_t until, enum rt_eintr eintr);
/* The same, but only says WHY_CANCELLED: the caller has to act on it. */
enum rt_why rt_block_point(struct rt_thread *t, uint64_t until, bool may_wake,
                           enum rt_eintr eintr);
void rt_wait_over(void *t); /* a clean-up handler: the wait is over */

#endif
