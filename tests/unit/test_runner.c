/* SPDX-License-Identifier: MIT */
/* test_runner.c - servers that are lost: shell scripts in their place, which
 * count in a file how often they were started. */
#include "cases.h"
#include "file.h"
#include "runner.h"

#include <criterion/criterion.h>
#include <string.h>
#include <sys/stat.h>

struct stand_in {
    TALLOC_CTX *ctx;
    struct program program;
    struct runner *runner;
    char *count;
};

/* A server that does `deed` when asked anything, at its start number `when` or
 * (0) at each; and otherwise answers. */
static struct stand_in *stand_in(const char *deed, int when)
{
    static char *const nothing[] = {NULL};
    TALLOC_CTX *ctx = talloc_new(NULL);
    struct stand_in *s = talloc_zero(ctx, struct stand_in);
    char *dir = cases_folder(ctx);
    char *path = talloc_asprintf(ctx, "%s/server", dir);

    s->ctx = ctx;
    s->count = talloc_asprintf(ctx, "%s/count", dir);
    cases_write(path,
                talloc_asprintf(ctx,
                                "#!/bin/sh\n"
                                "echo x >>%s\n"
                                "n=$(wc -l <%s)\n"
                                "while read -r line; do\n"
                                "  if [ %d -eq 0 ] || [ \"$n\" -eq %d ]; then "
                                "%s; fi\n"
                                "  echo \"{\\\"start\\\": $n}\"\n"
                                "done\n",
                                s->count, s->count, when, when, deed));
    cr_assert_eq(chmod(path, 0700), 0);
    s->program.args = nothing;
    s->runner = runner_open(ctx, NULL, NULL, &s->program, ENGINE_EXPLORE, path);
    return s;
}

static size_t starts(const struct stand_in *s)
{
    char *text;
    size_t length = 0;

    cr_assert_eq(file_read(s->ctx, s->count, &text, &length), 0);
    return length / strlen("x\n");
}

static enum runner_status run(struct stand_in *s, struct evidence *e)
{
    struct plan quiet = {.noise = PLAN_QUIET};

    cr_assert_not_null(s->runner);
    return runner_run(s->runner, s->ctx, "s/t", &quiet, LIMIT_USUAL, e);
}

static void end(struct stand_in *s)
{
    runner_close(s->runner);
    talloc_free(s->ctx);
}

Test(runner, a_server_that_is_lost_once_is_asked_again)
{
    static const char *const deeds[] = {"kill -9 $$", "exit 3", "echo oops"};

    for (size_t i = 0; i < sizeof deeds / sizeof deeds[0]; i++) {
        struct stand_in *s = stand_in(deeds[i], 1);
        struct evidence e;
        cr_assert_eq(run(s, &e), RUNNER_OK, "%s", deeds[i]);
        cr_expect_eq(json_integer_value(json_object_get(e.run, "start")), 2);
        json_decref(e.run);
        cr_assert_eq(run(s, &e), RUNNER_OK, "%s", deeds[i]);
        cr_expect_eq(starts(s), 2, "%s", deeds[i]);
        json_decref(e.run);
        end(s);
    }
}

Test(runner, a_server_that_is_lost_twice_says_how)
{
    static const struct {
        const char *deed, *ending;
    } rows[] = {{"kill -9 $$", "it was ended by signal 9"},
                {"exit 3", "it ended with status 3"},
                {"echo oops", "its answer made no sense"}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct stand_in *s = stand_in(rows[i].deed, 0);
        struct evidence e;
        cr_expect_eq(run(s, &e), RUNNER_GONE, "%s", rows[i].deed);
        cr_expect_str_eq(runner_ending(s->runner), rows[i].ending);
        cr_expect_eq(starts(s), 2, "%s", rows[i].deed);
        end(s);
    }
}

Test(runner, a_server_that_cannot_start_again_is_gone)
{
    struct stand_in *s = stand_in("rm \"$0\"; exit 3", 0);
    struct evidence e;

    cr_expect_eq(run(s, &e), RUNNER_GONE);
    cr_expect_str_eq(runner_ending(s->runner), "it did not start");
    cr_expect_str_eq(runner_errors(s->runner), "");
    end(s);
}
