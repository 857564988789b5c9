/* SPDX-License-Identifier: MIT */
/* grade.h - grading submissions: the queue of jobs.
 *
 * Theory of operation. A grading is a queue of jobs, a round or two for each
 * exercise and engine. A few worker threads take jobs from it; a job
 * (grade_job.c) builds its flavour, starts one test runner and asks it for run
 * after run of each case (grade_case.c). Whatever is found is merged into the
 * exercise's task (grade_task.c) under the task's lock. When the last job of
 * an exercise is done, its verdict is made (grade_verdict.c) and reported. */
#ifndef GRADE_H
#define GRADE_H

#include "build.h"
#include "course.h"
#include "engine.h"
#include "program.h"
#include "result.h"
#include "sandbox.h"

#include <stdint.h>

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

/* True if the machine, not a submission, kept something from being graded:
 * the reason is in `fault` of an EX_ERROR exercise. */
bool grade_environment_fault(const struct result *r);

#endif
