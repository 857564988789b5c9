/* SPDX-License-Identifier: MIT */
/* teller.h - one telling of a story: what the parts of story.c share.
 * Everything allocated belongs to the context of `j`. */
#ifndef TELLER_H
#define TELLER_H

#include "evidence.h"
#include "story.h"

#include <string.h>

struct teller {
    const struct judge *j;
    const json_t *run;
    const json_t *steps;
    bool *keep;
    int *skipped; /* steps thinned out just before this one */
    bool *turns;  /* this one, or the next, came by a choice of the schedule */
    size_t count;
    bool story_ends; /* with the last of the steps */
    long race;       /* the step it is about, if it went on from there; or -1 */
    struct story story;
};

static inline const json_t *step_at(const struct teller *t, size_t i)
{
    return json_array_get(t->steps, i);
}

static inline long field(const json_t *step, size_t i)
{
    return (long)json_integer_value(json_array_get(step, i));
}

static inline const char *word(const json_t *step, size_t i)
{
    const char *s = json_string_value(json_array_get(step, i));

    return s != NULL ? s : "";
}

static inline bool teller_waits(const json_t *thread)
{
    return !is(thread, "state", "finished") &&
           !is(thread, "state", "running") && thread != NULL;
}

static inline bool teller_stands_still(const json_t *run)
{
    return is(run, "end", "deadlock") || is(run, "end", "stuck");
}

/* Marks the steps to be told: keep, skipped, turns, race. False: there is
 * nothing to tell. `of_race`: the story ends with a race. */
bool teller_choose(struct teller *t, bool of_race);

/* A step as a line of the table says it; an object as the lines call it, where
 * the one at `at` spells it so. */
const char *teller_words(const struct teller *t, const json_t *step);
const char *teller_name(const struct teller *t, long object, struct frame at);

#endif
