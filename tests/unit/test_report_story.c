/* SPDX-License-Identifier: MIT */
/* test_report_story.c - one story in every kind of window, compared with a
 * golden file. */
#include "golden.h"
#include "report_story.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *threads[] = {"main", "T1", "T2"};
static struct event events[] = {
    {0, "starts T1", "test_bank.c", 48, 0, false},
    {0, "starts T2", "test_bank.c", 48, 0, false},
    {1, "locks from->lock#1", "bank.c", 84, 0, false},
    {2, "unlocks bank->lock", "bank.c", 61, 12, false},
    {2, "locks from->lock#2", "bank.c", 84, 0, false},
    {1, "waits for to->lock#2", "bank.c", 85, 0, true},
    {2, "waits for to->lock#1", "bank.c", 85, 0, true},
};
static const struct story whole = {.threads = threads,
                                   .thread_count = COUNT(threads),
                                   .events = events,
                                   .count = COUNT(events),
                                   .cut = true,
                                   .file = "bank.c"};

Test(story, is_a_table_or_a_list)
{
    static const struct term windows[] = {
        {.utf8 = true, .width = 120},
        {.utf8 = true, .width = 80, .color = true},
        {.width = 120},
        {.utf8 = true, .width = 40},
        {.width = 40},
    };
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    for (size_t i = 0; i < COUNT(windows); i++) {
        struct term t = windows[i];
        t.out = out;
        fprintf(out, "-- %d columns\n", t.width);
        report_story(&t, &whole, 4, "deadlock");
    }
    fclose(out);
    golden_check("report/story", text);
    free(text);
}

Test(story, that_is_empty_is_not_told)
{
    char *text = NULL;
    size_t size = 0;
    struct term t = {.width = 80, .out = open_memstream(&text, &size)};

    report_story(&t, &(struct story){0}, 4, "deadlock");
    fclose(t.out);
    cr_expect_str_empty(text);
    free(text);
}

Test(story, may_end_at_none_of_its_steps)
{
    static struct event steps[] = {
        {0, "starts T1", "test_bank.c", 48, 0, false},
        {1, "locks bank->lock", "bank.c", 61, 0, false},
    };
    static const struct story left_locked = {.threads = threads,
                                             .thread_count = 2,
                                             .events = steps,
                                             .count = COUNT(steps),
                                             .file = "bank.c"};
    char *text = NULL;
    size_t size = 0;
    struct term t = {.width = 80, .out = open_memstream(&text, &size)};

    report_story(&t, &left_locked, 4, "hang");
    fclose(t.out);
    cr_expect_str_eq(text,
                     "    main                             T1\n"
                     "    starts T1        test_bank.c:48\n"
                     "                                     locks bank->lock"
                     "            :61\n"
                     "    <- hang\n");
    free(text);
}
