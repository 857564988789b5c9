/* SPDX-License-Identifier: MIT */
/* small_course.c - see small_course.h. */
#include "small_course.h"
#include "cases.h"
#include "file.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <unistd.h>

const char small_course_stub[] =
    "#include \"sum.h\"\n\n"
    "int sum_add(int a, int b)\n{\n    (void)a;\n    (void)b;\n"
    "    return 0;\n}\n\nint sum_calls(void)\n{\n    return 0;\n}\n";

const char small_course_right[] =
    "#include \"sum.h\"\n\n#include <pthread.h>\n\n"
    "static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;\n"
    "static int calls;\n\n"
    "int sum_add(int a, int b)\n{\n    pthread_mutex_lock(&lock);\n"
    "    calls++;\n    pthread_mutex_unlock(&lock);\n    return a + b;\n}\n\n"
    "int sum_calls(void)\n{\n    int n;\n\n    pthread_mutex_lock(&lock);\n"
    "    n = calls;\n    pthread_mutex_unlock(&lock);\n    return n;\n}\n";

static const char header[] =
    "#ifndef SUM_H\n#define SUM_H\nint sum_add(int a, int b);\n"
    "int sum_calls(void);\n#endif\n";

static const char tests[] =
    "#include \"sum.h\"\n\n#include <criterion/criterion.h>\n"
    "#include <pthread.h>\n\n"
    "Test(sum, adds)\n{\n    cr_assert_eq(sum_add(2, 3), 5);\n}\n\n"
    "static void *call(void *arg)\n{\n    sum_add(1, 1);\n"
    "    return arg;\n}\n\n"
    "Test(sum, counts_calls)\n{\n    pthread_t t;\n\n"
    "    pthread_create(&t, NULL, call, NULL);\n    sum_add(1, 2);\n"
    "    pthread_join(t, NULL);\n    cr_assert_eq(sum_calls(), 2);\n}\n";

static const char yaml_head[] =
    "title: Sums\npoints: 8\nfile: sum.c\nsources: [T1]\n"
    "hints: [one, two, three]\n"
    "weights: [{case: adds, weight: 3}]\n";

static void put(const struct small_course *c, const char *name,
                const char *text)
{
    char *path = talloc_asprintf(c->ctx, "%s/%s", c->root, name);

    cases_write(path, text);
}

static void link_to(const struct small_course *c, const char *name)
{
    char *here = realpath(name, NULL);
    char *there = talloc_asprintf(c->ctx, "%s/%s", c->root, name);

    cr_assert_not_null(here, "no %s: run make first", name);
    cr_assert_eq(symlink(here, there), 0);
    free(here);
}

void small_course_again(struct small_course *c)
{
    const char *error = "";

    c->course = course_load(c->ctx, c->root, &error);
    cr_assert_not_null(c->course, "%s", error);
    c->scratch = cases_folder(c->ctx);
    c->builder =
        builder_open(c->ctx, c->course, c->sandbox, c->scratch, &error);
    cr_assert_not_null(c->builder, "%s", error);
}

struct small_course small_course(const char *yaml)
{
    struct small_course c = {.ctx = talloc_new(NULL)};
    static const char *const dirs[] = {"exercises/01-sum", "grader", "build"};

    c.root = cases_folder(c.ctx);
    for (size_t i = 0; i < 3; i++) {
        cr_assert_eq(
            file_make_dirs(talloc_asprintf(c.ctx, "%s/%s", c.root, dirs[i])),
            0);
    }
    put(&c, "exercises/01-sum/exercise.yaml",
        talloc_asprintf(c.ctx, "%s%s", yaml_head, yaml));
    put(&c, "exercises/01-sum/sum.h", header);
    put(&c, "exercises/01-sum/sum.c", small_course_stub);
    put(&c, "exercises/01-sum/test_sum.c", tests);
    link_to(&c, "grader/runtime");
    link_to(&c, "build/runtime");
    unsetenv("THREADLAB_CACHE");
    c.sandbox = sandbox_probe(c.ctx, false);
    small_course_again(&c);
    return c;
}

char *small_course_submission(const struct small_course *c, const char *text)
{
    char *path = talloc_asprintf(c->ctx, "%s/sum.c", cases_folder(c->ctx));

    cases_write(path, text);
    return path;
}
