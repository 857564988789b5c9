/* SPDX-License-Identifier: MIT */
/* sample_result.h - results as a grading of exercise 25 would find them. */
#ifndef SAMPLE_RESULT_H
#define SAMPLE_RESULT_H

#include "result.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define STACK(array)          \
    {                         \
        (array), COUNT(array) \
    }

static struct frame sample_writer[] = {
    {"bank_transfer", "bank.c", 41},
    {"mover_main", "test_bank.c", 33},
    {"start_thread", "", 0},
};
static struct frame sample_reader[] = {
    {"add_up", "bank.c", 58},
    {"bank_total", "bank.c", 66},
    {"bank_no_money_is_lost_on_the_way_impl", "test_bank.c", 201},
    {"main", "/usr/lib/libcriterion.so", 0},
};
static struct party sample_racers[] = {
    {"T1", "writes 8 bytes, holding L1", STACK(sample_writer)},
    {"main", "reads the same 8 bytes, holding no lock", STACK(sample_reader)},
};
static struct lock sample_race_locks[] = {
    {"L1", "accounts[0].lock, initialised at bank.c:24"},
};

static struct frame sample_first[] = {
    {"pthread_mutex_lock", "", 0},
    {"lock_two", "bank.c", 34},
    {"bank_transfer", "bank.c", 47},
    {"mover_main", "test_bank.c", 33},
};
static struct frame sample_second[] = {
    {"pthread_mutex_lock", "", 0},
    {"lock_two", "bank.c", 34},
    {"bank_transfer", "bank.c", 47},
    {"mover_main", "test_bank.c", 33},
};
static struct frame sample_joiner[] = {
    {"pthread_join", "", 0},
    {"join", "test_bank.c", 52},
    {"bank_opposite_transfers_both_finish_impl", "test_bank.c", 146},
};
static struct party sample_circle[] = {
    {"T1", "holds L1 and waits for L2, which T2 holds", STACK(sample_first)},
    {"T2", "holds L2 and waits for L1, which T1 holds", STACK(sample_second)},
    {"main", "waits for T1 to end", STACK(sample_joiner)},
};
static struct lock sample_circle_locks[] = {
    {"L1", "accounts[0].lock, initialised at bank.c:24"},
    {"L2", "accounts[1].lock, initialised at bank.c:24"},
};

static struct finding sample_race = {
    .kind = KIND_DATA_RACE,
    .headline = true,
    .engine = "tsan",
    .test = "bank/no_money_is_lost_on_the_way",
    .title = "T1 writes accounts[0].balance while main reads it",
    .message = "Both threads use the same number at the same time, and no "
               "lock is held by both. main can read the balance before the "
               "transfer, after it, or a mixture that never was there.",
    .advice = "Hold one and the same mutex around every access to this "
              "memory, reads included; volatile does not help.",
    .file = "bank.c",
    .line = 41,
    .seen = 12,
    .runs = 40,
    .replay = "25-bank-transfer:tsan:no_money_is_lost_on_the_way:7f3a",
    .parties = sample_racers,
    .party_count = COUNT(sample_racers),
    .locks = sample_race_locks,
    .lock_count = COUNT(sample_race_locks),
};

static struct finding sample_deadlock = {
    .kind = KIND_DEADLOCK,
    .headline = true,
    .engine = "tsan",
    .test = "bank/opposite_transfers_both_finish",
    .title = "T1 and T2 wait for each other's lock",
    .message = "T1 has locked accounts[0] and wants accounts[1]; T2 has "
               "locked accounts[1] and wants accounts[0]. Neither lets go "
               "before it has both, so neither ever gets both.",
    .advice = "Take locks in one order everywhere, and never wait for a "
              "thread while holding a lock it needs.",
    .file = "bank.c",
    .line = 34,
    .seen = 3,
    .runs = 40,
    .replay = "25-bank-transfer:tsan:opposite_transfers_both_finish:11",
    .parties = sample_circle,
    .party_count = COUNT(sample_circle),
    .locks = sample_circle_locks,
    .lock_count = COUNT(sample_circle_locks),
};

static struct test_result sample_tests[] = {
    {"bank/a_transfer_moves_the_amount",
     TEST_PASSED,
     2.5,
     2.5,
     {true, 20, 2, true, false}},
    {"bank/no_money_is_lost_on_the_way", TEST_FAILED, 0, 5, {0}},
    {"bank/opposite_transfers_both_finish", TEST_FAILED, 0, 5, {0}},
};

static struct engine_result sample_engines[] = {
    {"criterion", TEST_PASSED, 3, 0, 0.25, 0},
    {"tsan", TEST_FAILED, 120, 15, 9.5000004, 0},
    {"helgrind", TEST_SKIPPED, 0, 0, 0, 0},
};

/* The exercise all samples are of, with these findings. */
static inline struct exercise_result sample_exercise(struct finding *findings,
                                                     size_t count)
{
    return (struct exercise_result){
        .id = "25-bank-transfer",
        .title = "Bank transfer",
        .path = "exercises/25-bank-transfer/bank.c",
        .status = EX_FAILED,
        .fault = "",
        .score = 25.0 / 3,
        .max_score = 25,
        .seconds = 12.42,
        .tests = sample_tests,
        .test_count = COUNT(sample_tests),
        .engines = sample_engines,
        .engine_count = COUNT(sample_engines),
        .findings = findings,
        .finding_count = count,
    };
}

/* An exercise without anything in it. */
static inline struct exercise_result sample_plain(const char *id,
                                                  enum exercise_status status,
                                                  double score, double max)
{
    return (struct exercise_result){.id = id,
                                    .title = id,
                                    .path = "",
                                    .status = status,
                                    .fault = "",
                                    .score = score,
                                    .max_score = max,
                                    .seconds = 1};
}

#endif
