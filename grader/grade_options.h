/* SPDX-License-Identifier: MIT */
/* grade_options.h - what to grade and how, and who hears of it: plain data. */
#ifndef GRADE_OPTIONS_H
#define GRADE_OPTIONS_H

#include "course.h"
#include "engine.h"
#include "program.h"
#include "result.h"

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
    bool forgetful; /* a result is gone after `finished`, and so is its memory:
                       for many exercises */
    struct grade_events events;
};

/* What to grade: the file of an exercise, or a whole program. */
struct entry {
    const struct exercise *exercise;
    const char *path; /* the submission's file; NULL: none was handed in */
    struct program *program; /* NULL unless it is one */
};

#endif
