/* SPDX-License-Identifier: MIT */
/* test_record.c - how far a student has come, in a small course. */
#include "cases.h"
#include "record.h"
#include "small_course.h"

#include <criterion/criterion.h>
#include <string.h>

static void write_answer(const struct small_course *c, const char *text)
{
    cases_write(talloc_asprintf(c->ctx, "%s/exercises/01-sum/sum.c", c->root),
                text);
}

static struct small_course with_known_stub(void)
{
    struct small_course c = small_course("");
    char hash[EXERCISE_HASH];

    exercise_hash(small_course_stub, strlen(small_course_stub), hash);
    cases_write(talloc_asprintf(c.ctx, "%s/exercises/stubs.sha256", c.root),
                talloc_asprintf(c.ctx, "%s  01-sum/sum.c\n", hash));
    small_course_again(&c);
    return c;
}

static enum record_state state(const struct small_course *c)
{
    return record_read(c->course, c->course->list[0]).state;
}

Test(record, a_grading_counts_until_the_file_changes)
{
    struct small_course c = with_known_stub();
    struct exercise_result e = {
        .id = "01-sum", .status = EX_FAILED, .score = 6, .max_score = 8};
    struct record r;

    write_answer(&c, small_course_stub);
    cr_expect_eq(state(&c), RECORD_NOT_STARTED);
    write_answer(&c, small_course_right);
    cr_expect_eq(state(&c), RECORD_BEGUN);
    record_keep(c.course, &e);
    r = record_read(c.course, c.course->list[0]);
    cr_expect_eq(r.state, RECORD_GRADED);
    cr_expect_float_eq(r.score, 6, 0.001);
    cr_expect_not(record_passed(&r));
    e.status = EX_PASSED;
    e.score = 8;
    record_keep(c.course, &e);
    r = record_read(c.course, c.course->list[0]);
    cr_expect(record_passed(&r));
    write_answer(&c, "int changed;\n");
    cr_expect_eq(state(&c), RECORD_BEGUN);
    write_answer(&c, small_course_stub);
    cr_expect_eq(state(&c), RECORD_NOT_STARTED);
    talloc_free(c.ctx);
}

Test(record, what_could_not_be_graded_leaves_no_record)
{
    struct small_course c = small_course("");
    struct exercise_result e = {.id = "01-sum", .status = EX_ERROR};

    write_answer(&c, small_course_right);
    record_keep(c.course, &e);
    cr_expect_eq(state(&c), RECORD_BEGUN);
    e.id = "99-none";
    e.status = EX_PASSED;
    record_keep(c.course, &e);
    cr_expect_eq(state(&c), RECORD_BEGUN);
    talloc_free(c.ctx);
}
