/* SPDX-License-Identifier: MIT */
/* runner.h - a test runner at work: one fork server in conversation.
 *
 * One thread at a time per runner. */
#ifndef RUNNER_H
#define RUNNER_H

#include "engine.h"
#include "helgrind.h"
#include "plan.h"
#include "program.h"
#include "sandbox.h"

#include <jansson.h>

struct runner;

struct evidence {
    json_t *run;     /* the server's answer; the caller decrefs it */
    const char *xml; /* what Helgrind wrote during the run; may be "" */
    size_t xml_length;
    struct helgrind_race *races;
    size_t race_count;
};

enum runner_status {
    RUNNER_OK,
    RUNNER_GONE,    /* the server was lost: see runner_ending, runner_errors */
    RUNNER_STOPPED, /* proc_stop_all */
    RUNNER_UNFIT    /* it cannot work on this machine: see runner_errors */
};

enum limit { LIMIT_SHORT = 1, LIMIT_USUAL = 8, LIMIT_LONG = 16 }; /* eighths */

/* Start the runner of `binary` under `engine`. A whole program (else NULL) is
 * run as by hand, in the caller's folder and environment. NULL if it cannot
 * start. Sandbox, program and binary have to outlive it. */
struct runner *runner_open(TALLOC_CTX *ctx, const struct sandbox *sandbox,
                           const struct exercise *e,
                           const struct program *program, enum engine_id engine,
                           const char *binary);

/* The cases in source order, names only, NULL-terminated. */
enum runner_status runner_list(struct runner *r, TALLOC_CTX *ctx,
                               char ***out_names);

/* The line that asks the server for a run with that limit. */
char *runner_command(TALLOC_CTX *ctx, const char *name, const struct plan *plan,
                     long limit_ms);

/* One run, and how much of the engine's time limit it has: short if what it
 * would wait for is known. A server that is lost is started again and asked
 * once more, here and in runner_explore: RUNNER_GONE means that it was lost
 * twice. */
enum runner_status runner_run(struct runner *r, TALLOC_CTX *ctx,
                              const char *name, const struct plan *plan,
                              enum limit limit, struct evidence *out);

struct schedules {         /* what an exploration tries */
    unsigned search;       /* runs to see all schedules with; 0: none */
    unsigned first, count; /* then so many controlled runs from number `first`
                              on, until one fails ... */
    long time_ms;          /* ... or this is over; 0: for ever */
    uint64_t seed;
};

/* Explore; what came of it is in the answer's member "explored", see
 * runtime/explore.h. */
enum runner_status runner_explore(struct runner *r, TALLOC_CTX *ctx,
                                  const char *name, const struct schedules *s,
                                  struct evidence *out);

/* How the server was lost, in words, and what it wrote to standard error. Owned
 * by `r`. */
const char *runner_ending(const struct runner *r);
const char *runner_errors(const struct runner *r);

void runner_close(struct runner *r);

#endif
