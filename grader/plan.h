/* SPDX-License-Identifier: MIT */
/* plan.h - which disturbances the runs of a case get, and the tokens that
 * repeat one. Pure; any thread. */
#ifndef PLAN_H
#define PLAN_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <talloc.h>

/* As the runtime understands them (runtime/noise.c). */
enum noise { PLAN_QUIET, PLAN_YIELD, PLAN_HOLD, PLAN_SPURIOUS };

struct plan {
    enum noise noise;
    int thread;
    unsigned op;
    uint64_t seed;
};

struct planner;

/* Plans for one case; all of them follow from `seed` and the quiet run. */
struct planner *plan_begin(TALLOC_CTX *ctx, uint64_t seed);

/* The plan of run number `run`, counted from 0; run 0 is the quiet one. */
struct plan plan_next(struct planner *p, int run);

/* What the quiet run did: where threads made calls that can be held. */
void plan_learn(struct planner *p, const json_t *quiet_run);

/* A run that can be repeated: "25.asan.3.h1-4.5eed" is exercise 25, engine
 * asan, test number 3, thread 1 held before its 4th call, seed 0x5eed. */
struct token {
    char exercise[64], engine[16];
    int test; /* from 1, in the order of the test file */
    struct plan plan;
};

char *token_write(TALLOC_CTX *ctx, const struct token *t);

/* False if `text` is not a token. */
bool token_read(const char *text, struct token *out);

#endif
