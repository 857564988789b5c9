/* SPDX-License-Identifier: MIT */
/* test_course.c - exercises from folders: a small course written to /tmp. */
#include "cases.h"
#include "course.h"
#include "file.h"

#include <criterion/criterion.h>
#include <string.h>

static const char good_yaml[] = "title: Bank\n"
                                "points: 10\n"
                                "minutes: 45\n"
                                "file: bank.c\n"
                                "sources: [T1, \"3.2\"]\n"
                                "hints: [one, two, three]\n"
                                "weights:\n"
                                "  - case: hard_one\n"
                                "    weight: 3\n"
                                "engines: {tsan: advisory, helgrind: off}\n"
                                "forbid: [usleep]\n"
                                "faulty: true\n"
                                "allow: [fork, system]\n";

static const char small_yaml[] =
    "title: Small\npoints: 5\nfile: s.c\nsources: [T1]\n"
    "hints: [a, b, c]\n";

static void add_exercise(TALLOC_CTX *ctx, const char *root, const char *id,
                         const char *yaml)
{
    char *dir = talloc_asprintf(ctx, "%s/exercises/%s", root, id);

    cr_assert_eq(file_make_dirs(dir), 0);
    cases_write(talloc_asprintf(ctx, "%s/exercise.yaml", dir), yaml);
    cases_write(talloc_asprintf(ctx, "%s/bank.h", dir), "");
    cases_write(talloc_asprintf(ctx, "%s/test_bank.c", dir), "");
}

Test(course, an_exercise_is_read_with_all_its_fields)
{
    TALLOC_CTX *ctx = talloc_new(NULL);
    char *root = cases_folder(ctx);
    const char *error = "";
    const struct exercise *e;
    struct course *c;

    add_exercise(ctx, root, "25-bank", good_yaml);
    c = course_load(ctx, root, &error);
    cr_assert_not_null(c, "%s", error);
    cr_assert_eq(c->count, 1);
    cr_expect_str_eq(c->root, root);
    e = c->list[0];
    cr_expect_str_eq(e->id, "25-bank");
    cr_expect_str_eq(e->title, "Bank");
    cr_expect_eq(e->points, 10);
    cr_expect_eq(e->minutes, 45);
    cr_expect_str_eq(e->file, "bank.c");
    cr_expect_str_eq(e->test, "test_bank.c");
    cr_assert_eq(e->header_count, 1);
    cr_expect_str_eq(e->headers[0], "bank.h");
    cr_assert_eq(e->source_count, 2);
    cr_expect_str_eq(e->sources[1], "3.2");
    cr_expect_eq(e->hint_count, 3);
    cr_assert_eq(e->forbid_count, 1);
    cr_expect_str_eq(e->forbid[0], "usleep");
    cr_assert_eq(e->allow_count, 2);
    cr_expect_str_eq(e->allow[1], "system");
    cr_expect(e->faulty);
    cr_expect_eq(e->engines.criterion, POLICY_REQUIRED);
    cr_expect_eq(e->engines.asan, POLICY_REQUIRED);
    cr_expect_eq(e->engines.tsan, POLICY_ADVISORY);
    cr_expect_eq(e->engines.helgrind, POLICY_OFF);
    talloc_free(ctx);
}

Test(course, weights_are_found_with_or_without_the_suite)
{
    TALLOC_CTX *ctx = talloc_new(NULL);
    char *root = cases_folder(ctx);
    const char *error = "";
    struct course *c;

    add_exercise(ctx, root, "25-bank", good_yaml);
    c = course_load(ctx, root, &error);
    cr_assert_not_null(c, "%s", error);
    cr_expect_eq(exercise_weight(c->list[0], "bank/hard_one"), 3);
    cr_expect_eq(exercise_weight(c->list[0], "hard_one"), 3);
    cr_expect_eq(exercise_weight(c->list[0], "bank/easy_one"), 1);
    cr_expect_eq(exercise_weight(c->list[0], "hard_one/other"), 1);
    talloc_free(ctx);
}

Test(course, exercises_are_in_order_and_other_folders_ignored)
{
    TALLOC_CTX *ctx = talloc_new(NULL);
    char *root = cases_folder(ctx);
    const char *error = "";
    struct course *c;

    add_exercise(ctx, root, "25-bank", small_yaml);
    add_exercise(ctx, root, "11-start", small_yaml);
    add_exercise(ctx, root, "drafts", "not: [yaml");
    c = course_load(ctx, root, &error);
    cr_assert_not_null(c, "%s", error);
    cr_assert_eq(c->count, 2);
    cr_expect_str_eq(c->list[0]->id, "11-start");
    cr_expect_str_eq(c->list[1]->id, "25-bank");
    cr_expect_eq(c->list[0]->engines.helgrind, POLICY_REQUIRED);
    cr_expect_eq(c->list[0]->minutes, 0);
    talloc_free(ctx);
}

/* -- mistakes ----------------------------------------------------------------
 */

static const struct {
    const char *yaml, *word;
} mistakes[] = {
    {"title: x\npoints: 5\nfile: s.c\nsources: [T1]\nhints: [a, b, c]\n"
     "colour: red\n",
     "colour"},
    {"title: x\npoints: 5\nfile: s.c\nsources: [T1]\n", "hints"},
    {"title: x\npoints: 5\nfile: s.c\nsources: [T1]\nhints: [a]\n", "hints"},
    {"title: x\npoints: many\nfile: s.c\nsources: [T1]\nhints: [a, b, c]\n",
     "points"},
    {"title: x\npoints: -1\nfile: s.c\nsources: [T1]\nhints: [a, b, c]\n",
     "points"},
    {"title: x\npoints: 5\nfile: s.c\nsources: [T1]\nhints: [a, b, c]\n"
     "engines: {tsan: perhaps}\n",
     "tsan"},
    {"title: x\npoints: 5\nfile: s.c\nsources: [T1]\nhints: [a, b, c]\n"
     "engines: {msan: off}\n",
     "msan"},
    {"points: 5\nfile: s.c\nsources: [T1]\nhints: [a, b, c]\n", "title"},
    {"title: [\n", ""},
    {"", ""},
};

Test(course, an_error_names_the_file_and_what_to_mend)
{
    for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
        TALLOC_CTX *ctx = talloc_new(NULL);
        char *root = cases_folder(ctx);
        const char *error = NULL;
        add_exercise(ctx, root, "11-start", small_yaml);
        add_exercise(ctx, root, "25-bank", mistakes[i].yaml);
        cr_expect_null(course_load(ctx, root, &error), "%s", mistakes[i].yaml);
        cr_assert_not_null(error);
        cr_expect_not_null(strstr(error, "25-bank/exercise.yaml"), "%s", error);
        cr_expect_not_null(strstr(error, mistakes[i].word),
                           "no word of '%s' in: %s", mistakes[i].word, error);
        talloc_free(ctx);
    }
}

Test(course, an_exercise_needs_a_test_and_a_header)
{
    static const char *const gone[] = {"test_bank.c", "bank.h"};

    for (size_t i = 0; i < 2; i++) {
        TALLOC_CTX *ctx = talloc_new(NULL);
        char *root = cases_folder(ctx);
        const char *error = NULL;
        add_exercise(ctx, root, "25-bank", small_yaml);
        file_remove_tree(
            talloc_asprintf(ctx, "%s/exercises/25-bank/%s", root, gone[i]));
        cr_expect_null(course_load(ctx, root, &error));
        cr_assert_not_null(error);
        cr_expect_not_null(strstr(error, "25-bank: needs"), "%s", error);
        talloc_free(ctx);
    }
}

Test(course, a_folder_without_exercises_is_said_to_be_none)
{
    TALLOC_CTX *ctx = talloc_new(NULL);
    const char *error = NULL;

    cr_expect_null(course_load(ctx, "/nowhere", &error));
    cr_assert_not_null(error);
    cr_expect_not_null(strstr(error, "/nowhere/exercises"), "%s", error);
    talloc_free(ctx);
}

Test(course, the_course_of_this_kit_loads)
{
    TALLOC_CTX *ctx = talloc_new(NULL);
    const char *error = "";
    struct course *c = course_load(ctx, ".", &error);

    cr_assert_not_null(c, "%s", error);
    cr_expect_geq(c->count, 8);
    talloc_free(ctx);
}

/* -- order
 * ----------------------------------------------------------------------
 */

static char *after(TALLOC_CTX *ctx, const char *list)
{
    return talloc_asprintf(ctx, "%safter: [%s]\n", small_yaml, list);
}

Test(course, exercises_may_come_after_others_and_have_chapters)
{
    TALLOC_CTX *ctx = talloc_new(NULL);
    char *root = cases_folder(ctx);
    const char *error = "";
    struct course *c;

    add_exercise(ctx, root, "11-one", small_yaml);
    add_exercise(ctx, root, "12-two", after(ctx, "11-one, 21-three"));
    add_exercise(ctx, root, "21-three", after(ctx, "11-one"));
    cases_write(talloc_asprintf(ctx, "%s/exercises/course.yaml", root),
                "chapters:\n  - title: First\n  - title: Second\npoints: 30\n");
    c = course_load(ctx, root, &error);
    cr_assert_not_null(c, "%s", error);
    cr_assert_eq(c->list[1]->after_count, 2);
    cr_expect_str_eq(c->list[1]->after[1], "21-three");
    cr_expect_eq(course_find(c, "21-three"), c->list[2]);
    cr_expect_null(course_find(c, "21"));
    cr_assert_eq(c->outline->chapter_count, 2);
    cr_expect_str_eq(c->outline->chapters[1].title, "Second");
    cr_expect_eq(c->outline->points, 30);
    talloc_free(ctx);
}

static const struct {
    const char *one, *two, *three, *words; /* what each comes after */
} bad_orders[] = {
    {"12-two", "13-three", "11-one", "11-one/exercise.yaml: after: it comes"},
    {"11-one", "", "", "11-one/exercise.yaml: after: it comes after itself"},
    {"", "13-three", "12-two", "12-two/exercise.yaml: after: it comes after"},
    {"", "", "14-four", "13-three/exercise.yaml: after: there is no exercise"},
    {"", "", "11", "after: there is no exercise `11`"},
};

Test(course, an_order_that_nobody_can_follow_is_an_error)
{
    for (size_t i = 0; i < sizeof bad_orders / sizeof bad_orders[0]; i++) {
        TALLOC_CTX *ctx = talloc_new(NULL);
        char *root = cases_folder(ctx);
        const char *error = "";

        add_exercise(ctx, root, "11-one", after(ctx, bad_orders[i].one));
        add_exercise(ctx, root, "12-two", after(ctx, bad_orders[i].two));
        add_exercise(ctx, root, "13-three", after(ctx, bad_orders[i].three));
        cr_expect_null(course_load(ctx, root, &error), "%zu", i);
        cr_expect_not_null(strstr(error, bad_orders[i].words), "%s", error);
        talloc_free(ctx);
    }
}

/* -- words for exercises ------------------------------------------------------
 */

static const struct {
    const char *word;
    size_t count;
    const char *first;
} words[] = {
    {"25-bank", 1, "25-bank"},
    {"25-bank/", 1, "25-bank"},
    {"25-bank-long", 1, "25-bank-long"},
    {"25", 2, "25-bank"},
    {"25-", 2, "25-bank"},
    {"2", 3, "21-count"},
    {"bank", 2, "25-bank"},
    {"bank/", 2, "25-bank"},
    {"count", 1, "21-count"},
    {"long", 1, "25-bank-long"},
    {"26", 0, NULL},
    {"Bank", 0, NULL},
    {"25-bank-longer", 0, NULL},
};

Test(course, words_mean_ids_prefixes_or_parts)
{
    TALLOC_CTX *ctx = talloc_new(NULL);
    char *root = cases_folder(ctx);
    const struct exercise *out[3];
    const char *error = "";
    struct course *c;

    add_exercise(ctx, root, "21-count", small_yaml);
    add_exercise(ctx, root, "25-bank", small_yaml);
    add_exercise(ctx, root, "25-bank-long", small_yaml);
    c = course_load(ctx, root, &error);
    cr_assert_not_null(c, "%s", error);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        size_t n = course_match(c, words[i].word, out);
        cr_expect_eq(n, words[i].count, "%s: %zu", words[i].word, n);
        if (n > 0 && words[i].count > 0) {
            cr_expect_str_eq(out[0]->id, words[i].first, "%s: %s",
                             words[i].word, out[0]->id);
        }
    }
    talloc_free(ctx);
}
