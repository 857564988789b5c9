/* SPDX-License-Identifier: MIT */
/* result.h - what a grading found out: plain data, no behaviour.
 *
 * Built by judge.c and grade.c, read by the reports. All memory belongs to
 * the talloc context the grading was started with; strings are never NULL
 * unless said so. One thread at a time. */
#ifndef RESULT_H
#define RESULT_H

#include <stdbool.h>
#include <stddef.h>

/* The closed list of finding kinds. kind.c has their names, their meaning in
 * words and their order of causality. */
enum kind {
    KIND_BUILD_ERROR,
    KIND_FORBIDDEN_CALL,
    KIND_MEMORY_ERROR,
    KIND_DATA_RACE,
    KIND_THREAD_MISUSE,
    KIND_DEADLOCK,
    KIND_LOCK_ORDER,
    KIND_HANG,
    KIND_BUSY_WAIT,
    KIND_MISSING_JOIN,
    KIND_ASSERTION_FAILED,
    KIND_CRASH,
    KIND_EARLY_EXIT,
    KIND_MEMORY_LEAK,
    KIND_RESOURCE_LIMIT,
    KIND_COUNT /* the enum is in headline order: a lower value comes first */
};

struct frame {
    const char *function; /* "?" if unknown */
    const char *file;     /* relative to the submission; "" if unknown */
    int line;             /* 0 if unknown */
};

struct stack {
    struct frame *frames; /* innermost first */
    size_t count;
};

/* One thread's part in a finding. */
struct party {
    const char *name;  /* "T1", or "main" for the test's own thread */
    const char *state; /* "waits for L2 (to->lock), held by T2" */
    struct stack stack;
};

struct lock {
    const char *name; /* "L1" */
    const char *what; /* "from->lock, initialised at bank.c:14" */
};

/* One line of a story: what one thread did next. */
struct event {
    int column;       /* index into the story's threads */
    const char *what; /* "locks `from->lock`" */
    const char *file; /* "" if nowhere */
    int line;
    int skipped; /* steps of its thread just before it, left out here */
    bool end;    /* where it ended: it waits for ever, or failed */
};

/* How a failing schedule went: the shortest one that fails. */
struct story {
    const char **threads; /* the names of those that take part */
    size_t thread_count;
    struct event *events;
    size_t count;     /* 0: there is no story */
    bool cut;         /* it began earlier */
    const char *file; /* the submission's, which most places are in */
};

struct finding {
    enum kind kind;
    bool headline;       /* the most causal one of its test */
    const char *engine;  /* the one whose account of it this is */
    const char *others;  /* ", NAME" for each more that saw it; or NULL */
    const char *test;    /* "bank/money_is_conserved"; "" for all tests */
    const char *title;   /* one line: "two threads write and read total" */
    const char *message; /* plain words, one or more sentences */
    const char *advice;  /* what to try; may be "" */
    const char *file;    /* where to look first; "" if nowhere */
    int line;
    int seen, runs;     /* in how many of how many runs of the test */
    const char *replay; /* token for `threadlab replay`, "" if none */
    struct party *parties;
    size_t party_count;
    struct lock *locks;
    size_t lock_count;
    struct story story;
    bool advisory; /* shown, but costs no points */
};

enum test_status { TEST_PASSED, TEST_FAILED, TEST_SKIPPED };

/* What a search over all schedules of a test has shown. */
struct proof {
    bool complete; /* it came to its end, and all of them went well */
    long schedules;
    int preemptions; /* at most so many in each; -1: any number */
    /* What the test had occasion for, and the search did not try. */
    bool no_older_values;  /* of atomics */
    bool no_weak_failures; /* of weak compare-exchanges */
};

struct test_result {
    const char *name;
    enum test_status status;
    double score, max_score;
    struct proof proof;
};

struct engine_result {
    const char *name;
    enum test_status status; /* skipped: not asked for, or nothing to run */
    int runs, failed_runs;
    double seconds;
    int cut_off; /* of a whole program's runs: before their end */
};

enum exercise_status {
    EX_PASSED,
    EX_FAILED,
    EX_NOT_STARTED,
    EX_ERROR /* the grader could not do its work */
};

struct exercise_result {
    const char *id, *title;
    const char *path; /* the graded file as the user named it, for places */
    /* A whole program: the command that asked for this, up to where more
     * options can follow, and what is behind those; else NULL. */
    const char *command, *words_after;
    enum exercise_status status;
    const char *fault; /* EX_ERROR: what went wrong; else "" */
    bool interrupted;  /* that was the user */
    bool unjudged;     /* that was the choice of engines */
    double score, max_score, seconds;
    struct test_result *tests;
    size_t test_count;
    struct engine_result *engines;
    size_t engine_count;
    struct finding *findings; /* headlines first */
    size_t finding_count;
};

struct result {
    const char *version, *clang, *valgrind, *criterion; /* of the kit */
    const char *profile;
    const char *isolation; /* "bubblewrap + seccomp", "limits only", ... */
    unsigned long seed;
    bool complete;
    double score, max_score, seconds;
    struct exercise_result *exercises;
    size_t exercise_count;
};

#endif
