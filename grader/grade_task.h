/* SPDX-License-Identifier: MIT */
/* grade_task.h - a task: one exercise, or one whole program, on its way to its
 * result; and the grading that it is part of. The state that jobs share.
 *
 * No file but grade*.c includes it. Locks, besides those of the queue
 * (grade.c), in their order: work.lock is held by the round of an engine,
 * task.check while a task is checked, report_lock serialises the events,
 * task.lock guards everything in a task that more than one job touches.
 * `alone` comes before the last two: it is held for reading by every run, for
 * writing by a run that is repeated because of a time limit and must have the
 * machine for itself, until it is judged.
 * Functions without another word may be called by any worker that holds
 * neither task.lock nor report_lock. */
#ifndef GRADE_TASK_H
#define GRADE_TASK_H

#include "build.h"
#include "finding.h"
#include "grade_options.h"
#include "sandbox.h"

#include <pthread.h>
#include <time.h>

struct grading { /* what all its tasks share */
    struct builder *builder;
    const struct sandbox *sandbox;
    const struct grade_options *options;
    pthread_mutex_t report_lock; /* held while an event is told */
    pthread_rwlock_t alone;
};

struct test_case {
    const char *name;
    bool failed;
    bool standstill; /* it hung, spun or crashed: not for the stock runner */
    struct proof proof;
};

struct so_far { /* what an engine has made of a case */
    int next;   /* the run or schedule to go on with */
    int runs, failed;
    int cut_off; /* of the runs, at the time limit and without a verdict */
    int old_hat; /* failing runs since one that showed something new */
    bool over;   /* more runs would show nothing more */
    bool searched;
    struct proof proof;
    struct findings findings;
};

struct work {             /* of an engine, on all cases of a task */
    pthread_mutex_t lock; /* held by the round at work; before check */
    TALLOC_CTX *ctx;      /* findings point into it; NULL before the first */
    struct symbols *symbols;
    struct so_far *cases; /* as many as the task has; NULL before they are
                             known */
    double spent;         /* seconds, in earlier rounds */
};

struct task {
    TALLOC_CTX *ctx;
    const struct entry *entry;
    struct source *sources; /* the submission's, then the test's */
    size_t source_count;
    struct beyond beyond; /* set before an engine is at work */

    struct work work[ENGINE_COUNT];
    pthread_mutex_t check; /* held by the job that checks; before lock */
    pthread_mutex_t lock;  /* guards everything below */
    bool checked;          /* the job that checks has begun */
    bool given_up;         /* nothing more to run: not built, or a fault */
    struct test_case *cases;
    size_t case_count;
    struct findings findings;
    struct engine_result engine[ENGINE_COUNT];
    int jobs_left;
    int runs_done, runs_total;
    struct exercise_result result;
    struct timespec started;
    bool done;
};

/* Make a task of what is to be graded, on `ctx`. It may be done at once (a stub
 * nobody has touched), or given up (a file that cannot be read). Before any
 * job is at work. */
void task_begin(TALLOC_CTX *ctx, struct task *t, const struct entry *entry);

/* Free what is not memory. After the last job. */
void task_end(struct task *t);

/* Build one flavour of it. The result is on `ctx`. */
struct build task_build(TALLOC_CTX *ctx, struct grading *g,
                        const struct task *t, enum flavour flavour);

/* True if the flavour is there and may be run; else the task is given up, and
 * what is wrong is told. */
bool task_built(struct grading *g, struct task *t, const struct build *b);

/* Nothing more will be run: for a fault of the machine or the kit, said in
 * words. */
void task_give_up(struct task *t, const char *fault);

/* True unless it was given up or the grading was interrupted. */
bool task_goes_on(struct task *t);

/* True if the engine is asked for, and the exercise does not switch it off. */
bool task_has_engine(const struct grading *g, const struct task *t,
                     enum engine_id id);

/* The cases by name, NULL-terminated. Only the first call counts. */
void task_learn_cases(struct task *t, char **names);

/* A finding about the whole submission, with the title and the advice of its
 * kind, and no message yet. */
struct finding task_finding(const struct task *t, enum kind kind);

/* Tell a finding, or that an engine has made so many more runs, to whoever
 * wants to hear it. */
void task_tell_found(struct grading *g, struct task *t,
                     const struct finding *f);
void task_tell_progress(struct grading *g, struct task *t,
                        enum engine_id engine, int runs);

/* Seconds from `t` on the monotonic clock until now. */
double seconds_since(const struct timespec *t);

#endif
