/* SPDX-License-Identifier: MIT */
/* hb.h - what happened before what, by vector clocks: one for each thread and
 * one for each thing that orders threads (Mattern 1988; with epochs as in
 * FastTrack, Flanagan and Freund, PLDI 2009).
 *
 * A release hands the thread's knowledge to an object, an acquire takes it
 * from there. An event is named by its thread and that thread's own clock, its
 * epoch; it happened before all that a thread does whose clock has reached
 * the epoch.
 *
 * Only in controlled runs of a flavour in which the compiler calls for each
 * access; elsewhere all of this does nothing. By the thread with the turn. */
#ifndef HB_H
#define HB_H

#include "rt.h"

struct hb_clock {
    uint32_t of[RT_THREADS];
};

/* Is it being kept? */
extern bool hb_is_on;
static inline bool hb_on(void)
{
    return hb_is_on;
}

void hb_start(void); /* before the test */
void hb_off(void);   /* for the rest of the run: something is not known */

/* The clock of a thread. */
extern struct hb_clock hb_threads[RT_THREADS];
static inline struct hb_clock *hb_of(const struct rt_thread *t)
{
    return &hb_threads[rt_index(t)];
}

/* a = the later of both, thread by thread. */
void hb_merge(struct hb_clock *a, const struct hb_clock *b);

/* What the thread does from here on is later than what it did so far. */
void hb_step(struct rt_thread *t);

/* True if what `thread` did at `epoch` happened before what `t` does now. */
bool hb_before(int thread, uint32_t epoch, const struct rt_thread *t);

void hb_fork(struct rt_thread *parent, struct rt_thread *child);
void hb_join(struct rt_thread *into, const struct rt_thread *from);

/* By object of rt->objects; -1 does nothing. A new object has no past. */
void hb_new(int object);
void hb_acquire(struct rt_thread *t, int object);
void hb_release(struct rt_thread *t, int object);

/* A reader's unlock: for the next writer only. hb_acquire_all is a writer's
 * lock. */
void hb_release_shared(struct rt_thread *t, int object);
void hb_acquire_all(struct rt_thread *t, int object);

/* Through the kernel: descriptors and signals, all as if they were one. */
void hb_send(struct rt_thread *t);
void hb_receive(struct rt_thread *t);

#endif
