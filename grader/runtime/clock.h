/* SPDX-License-Identifier: MIT */
/* clock.h - the virtual clock, as scheduler.c sees it; what others may ask of
 * it is in scheduler.h. It is not alone in waking threads: another process, or
 * one that is out of turn, may do so as well, in the time of the machine.
 *
 * With the turn; or with rt_lock held, while nobody has it. */
#ifndef CLOCK_H
#define CLOCK_H

#include "rt.h"

/* The next deadline (virtual ns), or SCHED_NEVER; while one thread is starved
 * generous ones do not count. */
uint64_t clock_next(bool starving);

/* The clock jumps to `at`: whoever waited for that is ready. */
void clock_reach(uint64_t at);

/* On to `until`, if so much time has passed on the machine's clock. */
void clock_follow(uint64_t until);

/* Nobody is ready: on to the next deadline that is of use to somebody. False:
 * there is none, or more than the clock may be what they wait for. */
bool clock_pass(bool starving);

/* Others may be slow, so a sleep may end at any moment. The limit of a timed
 * wait may run out likewise, unless it is a generous one: a second or more is
 * there to end what would otherwise hang, and says so when it does. */
bool clock_may_be_early(const struct rt_thread *t);

/* True if the clock is not all that can end the waits. Another process may send
 * a signal at any time, so it only keeps generous limits from running out; as
 * long as a timer follows the machine's clock, so do all limits. */
bool clock_is_helped(void);

/* True if one may come, of a timer on the machine's clock or of another
 * process. */
bool clock_signal_may_come(void);

/* Nobody has the turn: sends the signals whose time has come, which may make
 * somebody ready. Without rt_lock. */
void clock_ring(struct rt_thread *t);

/* If nobody has the turn: looks whether somebody is ready by now, and gives it
 * to them. Any thread that is not out of turn, without rt_lock. */
void clock_look(struct rt_thread *t);

#endif
