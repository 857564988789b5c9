/* SPDX-License-Identifier: MIT */
/* grade.h - grading a submission: jobs, cases, verdicts.
 *
 * Theory of operation. A grading is a queue of jobs, one per exercise and
 * engine. A few worker threads take jobs from it; a job builds its flavour,
 * starts one test runner and asks it for run after run. Whatever is found is
 * merged into the exercise's task under the task's lock. When the last job
 * of an exercise is done, its verdict is made and reported. */
#ifndef GRADE_H
#define GRADE_H

#include "build.h"
#include "course.h"
#include "engine.h"
#include "plan.h"
#include "program.h"
#include "result.h"
#include "sandbox.h"

/* What the reports are told while grading; any may be NULL. Called by worker
 * threads, one at a time. */
struct grade_events {
    void *ctx;
    /* Run `done` of `total` of an exercise is over. */
    void (*progress)(void *ctx, const char *id, const char *engine, int done,
                     int total);
    /* The first finding of an exercise, as soon as it is known. */
    void (*found)(void *ctx, const char *id, const struct finding *f,
                  double seconds);
    /* An exercise is finished. In the order of the course. */
    void (*finished)(void *ctx, const struct exercise_result *e);
};

struct grade_options {
    enum profile profile;
    bool engine_wanted[ENGINE_COUNT];
    double seconds; /* about how long; 0: as long as the profile takes */
    uint64_t seed;  /* decides every delay and schedule we can decide */
    int jobs;       /* workers; at least 1 */
    struct grade_events events;
};

/* What to grade: the file of an exercise, or a whole program. */
struct entry {
    const struct exercise *exercise;
    const char *path; /* the submission's file; NULL: none was handed in */
    struct program *program; /* NULL unless it is one */
};

/* Grade all entries into `out` (scores, statuses, findings; kit versions are
 * the caller's to fill in). Everything is allocated on `ctx`. Returns 0;
 * ECANCELED if interrupted (what is finished is in `out`, complete false). */
int grade_all(TALLOC_CTX *ctx, struct builder *builder,
              const struct sandbox *sandbox,
              const struct grade_options *options, const struct entry *entries,
              size_t count, struct result *out);

/* Repeat one run: the findings of that run alone, in `out`, and the raw
 * evidence in *out_raw (JSON, and Valgrind's XML after it). `error` is set
 * on failure. Returns 0 or an errno value. */
int grade_replay(TALLOC_CTX *ctx, struct builder *builder,
                 const struct sandbox *sandbox, const struct entry *entry,
                 const struct token *token, struct exercise_result *out,
                 const char **out_raw, const char **error);

/* What a debugger needs to repeat that run: the test binary, built if it was
 * not, and the command for its server (TL_ONCE, runtime/server.c). Returns and
 * sets `error` likewise. */
int grade_replay_by_hand(TALLOC_CTX *ctx, struct builder *builder,
                         const struct sandbox *sandbox,
                         const struct entry *entry, const struct token *token,
                         const char **out_binary, const char **out_command,
                         const char **error);

/* True if the machine, not a submission, kept something from being graded:
 * the reason is in `fault` of an EX_ERROR exercise. */
bool grade_environment_fault(const struct result *r);

#endif
