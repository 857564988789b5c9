/* SPDX-License-Identifier: MIT */
/* test_kind.c - the closed list of finding kinds. */
#include "kind.h"

#include <criterion/criterion.h>
#include <string.h>

/* In the order of causality that docs/results.md promises. */
static const char *const names[] = {
    "build-error",   "forbidden-call", "memory-error",     "data-race",
    "thread-misuse", "deadlock",       "lock-order",       "hang",
    "busy-wait",     "missing-join",   "assertion-failed", "crash",
    "early-exit",    "memory-leak",    "resource-limit"};

Test(kind, names_are_in_headline_order)
{
    cr_assert_eq(sizeof names / sizeof names[0], KIND_COUNT);
    for (int k = 0; k < KIND_COUNT; k++) {
        cr_expect_str_eq(kind_name((enum kind)k), names[k]);
        cr_expect_eq(kind_of(names[k]), (enum kind)k, "%s", names[k]);
    }
}

Test(kind, every_kind_is_explained_in_sentences)
{
    for (int k = 0; k < KIND_COUNT; k++) {
        const char *meaning = kind_meaning((enum kind)k);
        const char *advice = kind_advice((enum kind)k);
        cr_expect_eq(meaning[strlen(meaning) - 1], '.', "%s", meaning);
        cr_expect_eq(advice[strlen(advice) - 1], '.', "%s", advice);
    }
}

Test(kind, file_names_begin_with_a_kind)
{
    cr_expect_eq(kind_of("data-race-no-lock.c"), KIND_DATA_RACE);
    cr_expect_eq(kind_of("hang.c"), KIND_HANG);
    cr_expect_eq(kind_of("deadlock-opposite-order.c"), KIND_DEADLOCK);
    cr_expect_eq(kind_of("memory-leak-refused-create.c"), KIND_MEMORY_LEAK);
}

Test(kind, other_words_are_no_kind)
{
    static const char *const words[] = {
        "",        "ok-one-big-lock.c", "data",     "data-racer.c",
        "hangs.c", "xdata-race",        "Deadlock", "memory-err"};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        cr_expect_eq(kind_of(words[i]), KIND_COUNT, "%s", words[i]);
    }
}
