/* SPDX-License-Identifier: MIT */
/* access.h - every access of the program to memory, as the compiler tells it.
 *
 * Plain accesses need not be scheduling points for their own sake: a program
 * without data races behaves as if threads changed places at synchronising
 * calls and atomics only (Adve and Hill, ISCA 1990), and the first race of one
 * that has some shows under such schedules, too. Once an instruction was seen
 * to race it is a scheduling point: from then on runs can show what the race
 * leads to. All others cost a look at the shadow (shadow.h). */
#ifndef ACCESS_H
#define ACCESS_H

#include "rt.h"

/* The server, once: room for what is known of the program's instructions,
 * which outlives a run. */
void access_prepare(void);

/* The calling thread, which is `t`, begins: what others did on the stack it was
 * given is no business of it. */
void access_stack(struct rt_thread *t);

/* What is in this memory now is new. */
void access_forget(uintptr_t from, uintptr_t to);

/* An access of the calling thread, for the shadow; `frame` is the hook's. */
void access_made(uintptr_t addr, size_t size, unsigned kind, uintptr_t pc,
                 const void *frame);

/* The step of a story that a plain access of this kind is. */
enum rt_op access_op(unsigned kind);

/* What is done to a block there is a step of the story, if `access_races` has
 * named the place. */
void access_tell(const struct rt_thread *t, uintptr_t addr, unsigned kind,
                 uintptr_t pc);

/* As access_made, of a library function on a block: told, but no point. */
void access_block(uintptr_t addr, size_t size, unsigned kind, uintptr_t pc,
                  const void *frame);

/* The same, of a call that is modelled: the tools see nothing of it. */
void access_instead(const void *addr, size_t size, unsigned kind, uintptr_t pc,
                    const void *frame);

/* True if the compiler calls for each access. */
bool access_seen(void);

/* Between these two a thread may look at and change the shadow and what belongs
 * to it. False: it may not, because it is inside already (a signal handler), is
 * none of the run's, or this process is not the run's. */
bool access_enter(struct rt_thread **self);
void access_leave(void);

/* The access of this kind before the return address `pc` races, or is what a
 * misuse of memory follows from: from now on it is told. Any thread. */
void access_races(uintptr_t pc, unsigned kind);

/* Runs from here on add nothing to that; they do again. The server. */
void access_keep(bool kept);

/* How many such instructions there are; and none any more. The server. */
unsigned access_racing(void);
void access_reset(void);

#endif
