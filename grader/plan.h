/* SPDX-License-Identifier: MIT */
/* plan.h - what decides the timing of a run, and the tokens that repeat one.
 * Pure; any thread. */
#ifndef PLAN_H
#define PLAN_H

#include <stdbool.h>
#include <stdint.h>
#include <talloc.h>

/* The first three as the runtime understands them (runtime/noise.c). */
enum noise {
    PLAN_QUIET,   /* real parallel threads, undisturbed */
    PLAN_YIELD,   /* the same with small random delays */
    PLAN_CONTROL, /* a schedule of the runtime's mix, by its number */
    PLAN_SCHEDULE /* one certain schedule, as the runtime wrote it */
};

struct plan {
    enum noise noise;
    unsigned number; /* PLAN_CONTROL */
    uint64_t seed;
    const char *schedule; /* PLAN_SCHEDULE; else NULL */
};

/* The plan of run number `run` of a case, counted from 0. The first is quiet,
 * the others have delays; if `control` is set, three controlled schedules come
 * before each, which prove a standstill that the others would wait for.
 * Everything follows from `seed`. */
struct plan plan_of(int run, uint64_t seed, bool control);

/* A run that can be repeated: exercise, engine, number of the test, and the
 * plan: "25.explore.4.c1-41-1-2", "25.helgrind.2.y5eed". */
struct token {
    char exercise[64], engine[16];
    int test; /* from 1, in the order of the test file */
    struct plan plan;
};

char *token_write(TALLOC_CTX *ctx, const struct token *t);

/* False if `text` is not a token. A schedule stays in `text`. */
bool token_read(const char *text, struct token *out);

#endif
