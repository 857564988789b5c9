/* SPDX-License-Identifier: MIT */
/* turn.h - who has the turn, and who waits for it: what scheduler.c and clock.c
 * share.
 *
 * With the turn; or with rt_lock held, while nobody has it. */
#ifndef TURN_H
#define TURN_H

#include "rt.h"

/* It is the turn of thread `next`, which is woken. */
void turn_give(int next);

/* `t` can run, and why. */
void turn_ready(struct rt_thread *t, enum rt_why why);

/* True if there is one like that. */
bool turn_anybody(enum rt_turn turn);

/* The first that only waits for its turn; -1: there is none. */
int turn_first_ready(void);

/* `t` does something out of turn from here on. What that takes passes on the
 * machine's clock alone, and how much of it is not known: as long as there are
 * any who are out the virtual clock is no faster than the machine's. Else a
 * limit of an hour would run out while one computes who is to meet it. */
void turn_go_out(struct rt_thread *t);

/* Nobody can run, now or later: the run ends. rt_lock held. */
void turn_stand_still(void);

#endif
