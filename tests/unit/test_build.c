/* SPDX-License-Identifier: MIT */
/* test_build.c - submissions become test binaries, for real but for a course
 * of one tiny exercise, and without the sandbox. */
#include "build.h"
#include "cases.h"
#include "file.h"
#include "small_course.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

static struct build check(const struct small_course *c, const char *text)
{
    return build_check(c->ctx, c->builder, c->course->list[0],
                       small_course_submission(c, text));
}

static struct build plain(const struct small_course *c, const char *text)
{
    return build_flavour(c->ctx, c->builder, c->course->list[0],
                         small_course_submission(c, text), FLAVOUR_PLAIN);
}

static size_t files_in(const char *path)
{
    DIR *d = opendir(path);
    size_t n = 0;

    cr_assert_not_null(d);
    while (readdir(d) != NULL) {
        n++;
    }
    closedir(d);
    return n - 2;
}

Test(build, every_flavour_is_built_once_and_then_cached)
{
    struct small_course c = small_course("");

    for (int f = 0; f < FLAVOUR_COUNT; f++) {
        char *path = small_course_submission(&c, small_course_right);
        struct build b = build_flavour(c.ctx, c.builder, c.course->list[0],
                                       path, (enum flavour)f);
        const char *first = b.path;
        cr_assert_eq(b.status, BUILD_OK, "%s", b.errors);
        cr_expect_not(b.cached);
        cr_assert(file_exists(b.path));
        b = build_flavour(c.ctx, c.builder, c.course->list[0], path,
                          (enum flavour)f);
        cr_assert_eq(b.status, BUILD_OK);
        cr_expect(b.cached);
        cr_expect_str_eq(b.path, first);
    }
    cr_expect_eq(files_in(c.scratch), 0, "the scratch folder is clean");
    talloc_free(c.ctx);
}

Test(build, the_cache_serves_the_next_start_and_any_path)
{
    struct small_course c = small_course("");
    struct build b = plain(&c, small_course_right);
    const char *first = b.path;

    cr_assert_eq(b.status, BUILD_OK, "%s", b.errors);
    cr_expect_not(check(&c, small_course_right).cached);
    small_course_again(&c);
    b = plain(&c, small_course_right);
    cr_expect(b.cached, "the same text in another file");
    cr_expect_str_eq(b.path, first);
    cr_expect(check(&c, small_course_right).cached);
    talloc_free(c.ctx);
}

Test(build, whatever_goes_into_a_binary_changes_its_key)
{
    static const char *const changed[] = {"sum.h", "test_sum.c"};
    struct small_course c = small_course("");
    struct build b = plain(&c, small_course_right);
    const char *first = b.path;

    b = plain(&c, talloc_asprintf(c.ctx, "%s\n", small_course_right));
    cr_assert_eq(b.status, BUILD_OK);
    cr_expect_not(b.cached);
    cr_expect_str_neq(b.path, first);
    for (size_t i = 0; i < 2; i++) {
        char *path = talloc_asprintf(c.ctx, "%s/exercises/01-sum/%s", c.root,
                                     changed[i]);
        char *text = NULL;
        cr_assert_eq(file_read(c.ctx, path, &text, NULL), 0);
        cases_write(path, talloc_asprintf(c.ctx, "%s/* new */\n", text));
        b = plain(&c, small_course_right);
        cr_assert_eq(b.status, BUILD_OK);
        cr_expect_not(b.cached, "%s", changed[i]);
        cr_expect_str_neq(b.path, first, "%s", changed[i]);
    }
    talloc_free(c.ctx);
}

Test(build, the_compiler_names_files_as_the_student_knows_them)
{
    struct small_course c = small_course("");
    struct build b = check(&c, "#include \"sum.h\"\n\nint sum_add(int a, int "
                               "b)\n{\n    return a + c;\n}\n");

    cr_expect_eq(b.status, BUILD_REJECTED);
    cr_expect_eq(b.offence_count, 0);
    cr_expect_not_null(strstr(b.errors, "01-sum/sum.c:5:"), "%s", b.errors);
    cr_expect_null(strstr(b.errors, c.scratch), "%s", b.errors);
    b = check(&c, "#include \"missing.h\"\n");
    cr_expect_eq(b.status, BUILD_REJECTED);
    cr_expect_not_null(strstr(b.errors, "missing.h"), "%s", b.errors);
    talloc_free(c.ctx);
}

Test(build, a_function_that_is_missing_is_the_submissions_fault)
{
    struct small_course c = small_course("");
    struct build b = plain(&c, "#include \"sum.h\"\nint sum_add(int a, int b)"
                               " { return a + b; }\n");

    cr_expect_eq(b.status, BUILD_REJECTED);
    cr_expect_not_null(strstr(b.errors, "sum_calls"), "%s", b.errors);
    talloc_free(c.ctx);
}

Test(build, offences_are_listed_with_their_lines)
{
    struct small_course c = small_course("forbid: [usleep]\n");
    struct build b = check(&c, "#include \"sum.h\"\n"
                               "__attribute__((constructor)) static void f("
                               "void) { }\n");

    cr_expect_eq(b.status, BUILD_REJECTED);
    cr_assert_eq(b.offence_count, 1);
    cr_expect_eq(b.offences[0].line, 2);
    b = check(&c, talloc_asprintf(c.ctx,
                                  "%s#include <unistd.h>\nvoid nap("
                                  "void) { usleep(1); }\n",
                                  small_course_right));
    cr_expect_eq(b.status, BUILD_REJECTED);
    cr_assert_eq(b.offence_count, 1);
    cr_expect_not_null(strstr(b.offences[0].what, "`usleep`"));
    b = check(&c, small_course_right);
    cr_expect_eq(b.status, BUILD_OK, "%s", b.errors);
    talloc_free(c.ctx);
}

Test(build, a_change_of_policy_is_not_hidden_by_the_cache)
{
    struct small_course c = small_course("");
    const char *text = talloc_asprintf(
        c.ctx, "%s#include <unistd.h>\nvoid nap(void) { usleep(1); }\n",
        small_course_right);
    char *forbid[] = {"usleep"};

    cr_expect_eq(check(&c, text).status, BUILD_OK);
    c.course->list[0]->forbid_count = 0;
    {
        struct exercise strict = *c.course->list[0];
        strict.forbid = forbid;
        strict.forbid_count = 1;
        cr_expect_eq(build_check(c.ctx, c.builder, &strict,
                                 small_course_submission(&c, text))
                         .status,
                     BUILD_REJECTED);
    }
    talloc_free(c.ctx);
}

Test(build, helpers_cannot_collide_with_the_test_or_the_kit)
{
    struct small_course c = small_course("");
    struct build b = build_flavour(
        c.ctx, c.builder, c.course->list[0],
        small_course_submission(
            &c, talloc_asprintf(c.ctx,
                                "%sint call(void) { return 1; }\n"
                                "int rt_lock(void) { return 2; }\n"
                                "int answer = 3;\n",
                                small_course_right)),
        FLAVOUR_ASAN);

    cr_expect_eq(b.status, BUILD_OK, "%s", b.errors);
    talloc_free(c.ctx);
}

Test(build, copies_of_kit_files_beside_a_submission_are_not_used)
{
    struct small_course c = small_course("");
    char *path = small_course_submission(&c, small_course_right);
    char *dir =
        talloc_strndup(c.ctx, path, (size_t)(strrchr(path, '/') - path));

    cases_write(talloc_asprintf(c.ctx, "%s/sum.h", dir), "#error theirs\n");
    cases_write(talloc_asprintf(c.ctx, "%s/test_sum.c", dir),
                "#error theirs\n");
    cr_expect_eq(
        build_flavour(c.ctx, c.builder, c.course->list[0], path, FLAVOUR_PLAIN)
            .status,
        BUILD_OK);
    talloc_free(c.ctx);
}

Test(build, a_submission_that_is_gone_is_a_fault_not_a_failure)
{
    struct small_course c = small_course("");
    struct build b =
        build_check(c.ctx, c.builder, c.course->list[0], "/nowhere/sum.c");

    cr_expect_eq(b.status, BUILD_FAULT);
    cr_expect_not_null(strstr(b.errors, "/nowhere/sum.c"), "%s", b.errors);
    talloc_free(c.ctx);
}

Test(build, a_broken_test_file_is_the_kits_fault)
{
    struct small_course c = small_course("");

    cases_write(
        talloc_asprintf(c.ctx, "%s/exercises/01-sum/test_sum.c", c.root),
        "this is no C\n");
    cr_expect_eq(plain(&c, small_course_right).status, BUILD_FAULT);
    talloc_free(c.ctx);
}

Test(build, strict_warnings_are_told)
{
    struct small_course c = small_course("");
    const char *text = talloc_asprintf(
        c.ctx,
        "%sint loose(void);\nint loose(void) { long x = 5; return x; "
        "}\n",
        small_course_right);
    const char *words = build_warnings(c.ctx, c.builder, c.course->list[0],
                                       small_course_submission(&c, text));

    cr_expect_not_null(strstr(words, "conversion"), "%s", words);
    words = build_warnings(c.ctx, c.builder, c.course->list[0],
                           small_course_submission(&c, small_course_right));
    cr_expect_str_eq(words, "");
    talloc_free(c.ctx);
}

Test(build, without_a_built_runtime_it_says_what_to_do)
{
    struct small_course c = small_course("");
    const char *error = NULL;

    cr_expect_not_null(strstr(builder_compiler(c.builder), "clang"));
    file_remove_tree(talloc_asprintf(c.ctx, "%s/build/runtime", c.root));
    cr_expect_null(builder_open(c.ctx, c.course, c.sandbox, c.scratch, &error));
    cr_assert_not_null(error);
    cr_expect_not_null(strstr(error, "make"), "%s", error);
    talloc_free(c.ctx);
}
