/* SPDX-License-Identifier: MIT */
/* judge_wait.h - what a thread waits for, and who could end that.
 *
 * Part of the judge, for whoever has to say how threads stand. Pure; one
 * thread at a time per `struct judge`. */
#ifndef JUDGE_WAIT_H
#define JUDGE_WAIT_H

#include "finding.h"

#include <jansson.h>

/* True if thread `t` waits for something that thread number `by` would have to
 * do: end, or give back what it holds. */
bool wait_is_for(const json_t *run, const json_t *t, long by);

/* False if somebody posts it who has taken no permit; or if it had none at
 * first, and so whoever posted is out of sight, as another process is. */
bool wait_is_lock(const json_t *semaphore);

/* What may come from outside to a thread that waits for it, such as "A signal";
 * NULL: nobody waits for anything of the kind. Static. */
const char *wait_for_outside(const json_t *run);

/* True if `t`, which waits on a condition, was woken from it after the last
 * signal there, so that it has looked since; as far as the story tells. */
bool wait_has_looked(const json_t *run, const json_t *t);

/* Where thread number `holder` took the object it has; 0 if it does not have
 * it. */
long wait_taken_at(const json_t *run, long object, long holder);

/* What `t` waits for, or does instead, as a verb and what follows: "waits for
 * `total_lock`, held by T2 since sum.c:14". `s` is its stack. */
const char *wait_words(const struct judge *j, const json_t *run,
                       const json_t *t, const struct stack *s);

/* Add to `f` the part of thread number `id`, in those words; nothing if it has
 * ended. */
void wait_add_party(const struct judge *j, struct finding *f, const json_t *run,
                    long id);

/* The same for every thread of the run, in their order. */
void wait_add_parties(const struct judge *j, struct finding *f,
                      const json_t *run);

#endif
