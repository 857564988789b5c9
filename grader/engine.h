/* SPDX-License-Identifier: MIT */
/* engine.h - the ways to run a case, one row each.
 *
 * explore    our runner, every schedule decision ours: thousands of
 *            interleavings, each repeatable
 * criterion  the stock Criterion runner, once: what the student can also do
 *            by hand
 * asan       our runner under AddressSanitizer and LeakSanitizer
 * tsan       our runner under ThreadSanitizer
 * helgrind   our runner under Valgrind's Helgrind
 *
 * Constant data; any thread. */
#ifndef ENGINE_H
#define ENGINE_H

#include "build.h"

enum engine_id {
    ENGINE_EXPLORE, /* in the order of the reports, and of the long rounds */
    ENGINE_ASAN,
    ENGINE_CRITERION,
    ENGINE_TSAN,
    ENGINE_HELGRIND,
    ENGINE_COUNT
};

enum profile { PROFILE_QUICK, PROFILE_STANDARD, PROFILE_THOROUGH };

struct engine {
    const char *name;
    enum flavour flavour;
    bool valgrind;
    bool control;  /* some of its runs are under our scheduler */
    int runs[3];   /* of each case, by profile */
    int search[3]; /* runs before those, to see all schedules if they are few */
    int whole;     /* times as many of a whole program, which is one case */
    long limit_ms; /* progress time of one run, see runtime/watch.c */
    long memory_mb; /* of one run */
};

extern const struct engine engines[ENGINE_COUNT];
extern const char *const profile_names[3];

/* The engine called `name`, or ENGINE_COUNT. */
enum engine_id engine_of(const char *name);

/* The exercise's policy for an engine. */
enum policy engine_policy(const struct exercise *e, enum engine_id id);

/* argv of a test runner: `binary`, or Valgrind with its XML on descriptor 4;
 * and `args` after it, if any (may be NULL). NULL-terminated, on `ctx`. */
char **engine_argv(TALLOC_CTX *ctx, enum engine_id id, const char *binary,
                   char *const *args);

#endif
