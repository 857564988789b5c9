/* SPDX-License-Identifier: MIT */
/* countdown.h - what all timers have in common, whether they are descriptors or
 * send signals: when they run out, by the virtual clock.
 *
 * All functions are for controlled runs, and for the thread that has the turn;
 * if nobody has it, for one that holds rt_lock. */
#ifndef COUNTDOWN_H
#define COUNTDOWN_H

#include <stdint.h>
#include <time.h>

struct countdown {
    clockid_t clock;        /* of absolute times */
    uint64_t due, interval; /* virtual ns; SCHED_NEVER, 0: none */
};

/* Runs out as timer_settime(2) and timerfd_settime(2) have it; of the flags
 * only TIMER_ABSTIME counts. `to` is a good time. */
void countdown_set(struct countdown *c, int flags, const struct itimerspec *to);

/* Its time has come: goes on to the first interval that is yet to come, if it
 * has intervals. Returns how often it has run out, 1 or more. */
uint64_t countdown_run_out(struct countdown *c);

/* What is left, in ns: 0 if it does not run, else 1 or more. */
uint64_t countdown_left(const struct countdown *c);

/* The same as timer_gettime(2) tells it. */
struct itimerspec countdown_setting(const struct countdown *c);

#endif
