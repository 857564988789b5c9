/* SPDX-License-Identifier: MIT */
/* criterion.c - the part of Criterion that a running test calls back into.
 *
 * The test file is compiled unchanged against Criterion's headers. The
 * functions below stand in for those of libcriterion that belong to its own
 * runner, and for what every assertion needs. A test that asks for more
 * (redirected output, say) is linked with the library; all others do without,
 * for it brings twenty more, which every start and every fork would pay for.
 * The registered tests are the pointers the linker gathers in the section
 * `cr_tst`, the suites those in `cr_sts`. */
#include "case.h"
#include "threadlab.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern struct criterion_test *__start_cr_tst[] __attribute__((weak));
extern struct criterion_test *__stop_cr_tst[] __attribute__((weak));
extern struct criterion_suite *__start_cr_sts[] __attribute__((weak));
extern struct criterion_suite *__stop_cr_sts[] __attribute__((weak));

const bool rt_case_whole = false;

struct rt_case { /* the one that was found last */
    struct criterion_test *test;
    size_t parameter; /* which of a parameterised test's arguments */
};
static struct rt_case found;
static struct criterion_test *current;

static struct criterion_test_extra_data *suite_data(const char *name)
{
    for (struct criterion_suite **s = __start_cr_sts; s < __stop_cr_sts; s++) {
        if (*s != NULL && strcmp((*s)->name, name) == 0) {
            return (*s)->data;
        }
    }
    return NULL;
}

static bool disabled(const struct criterion_test *t)
{
    const struct criterion_test_extra_data *suite = suite_data(t->category);

    return t->data->disabled || (suite != NULL && suite->disabled);
}

/* Names a case: suite/test, with #N for the N-th parameter. */
static void name_case(char *buf, size_t size, const struct criterion_test *t,
                      size_t param, bool many)
{
    if (many) {
        snprintf(buf, size, "%s/%s#%zu", t->category, t->name, param);
    } else {
        snprintf(buf, size, "%s/%s", t->category, t->name);
    }
}

static size_t instances(const struct criterion_test *t)
{
    return t->data->kind_ == CR_TEST_PARAMETERIZED ? t->data->param_().length
                                                   : 1;
}

void rt_case_list(void (*each)(const char *name, double timeout, void *ctx),
                  void *ctx)
{
    char name[256];

    for (struct criterion_test **t = __start_cr_tst; t < __stop_cr_tst; t++) {
        if (*t == NULL || disabled(*t)) {
            continue;
        }
        for (size_t i = 0; i < instances(*t); i++) {
            name_case(name, sizeof name, *t, i,
                      (*t)->data->kind_ == CR_TEST_PARAMETERIZED);
            each(name, (*t)->data->timeout, ctx);
        }
    }
}

struct rt_case *rt_case_find(const char *wanted)
{
    char name[256];

    for (struct criterion_test **t = __start_cr_tst; t < __stop_cr_tst; t++) {
        if (*t == NULL || disabled(*t)) {
            continue;
        }
        for (size_t i = 0; i < instances(*t); i++) {
            name_case(name, sizeof name, *t, i,
                      (*t)->data->kind_ == CR_TEST_PARAMETERIZED);
            if (strcmp(name, wanted) == 0) {
                found = (struct rt_case){*t, i};
                return &found;
            }
        }
    }
    return NULL;
}

/* -- one run -------------------------------------------------------------- */

void rt_case_exit(const char *word, int status)
{
    (void)word;
    if (current->data->exit_code != 0 && current->data->exit_code == status) {
        rt_finish(END_COMPLETED);
    }
}

void rt_case_signal(int sig)
{
    if (current->data->signal != 0 && current->data->signal == sig) {
        rt_finish(END_COMPLETED);
    }
}

/* Threads that nobody has joined or detached. A thread still inside a join
 * of another is somebody's business; one that was never asked for is lost. */
static void note_missing_joins(void)
{
    int count = atomic_load(&rt->thread_count);

    rt_lock();
    for (int i = 1; i < count; i++) {
        struct rt_thread *t = &rt->threads[i];
        if (!t->joined && !t->detached && !atomic_load(&t->join_begun)) {
            rt_note(NOTE_MISSING_JOIN, t, -1, -1, &t->created, NULL, "");
        }
    }
    rt_order_judge();
    rt_unlock();
}

void rt_case_run(struct rt_case *c)
{
    const struct criterion_test_extra_data *data = c->test->data;

    current = c->test;
    current->test(); /* setup, main and teardown below */
    note_missing_joins();
    if (data->exit_code != 0 || data->signal != 0) {
        rt_fail(data->file_, data->line_,
                "the test expects the program to end by exit or signal; "
                "it returned instead");
    }
    if (rt->check_leaks && rt->failure_count == 0 && rt->note_count == 0) {
        rt_tools_leaks();
    }
    rt_finish(rt->failure_count > 0 ? END_FAILED : END_COMPLETED);
}

void criterion_internal_test_setup(void)
{
    const struct criterion_test_extra_data *suite =
        suite_data(current->category);

    if (suite != NULL && suite->init != NULL) {
        suite->init();
    }
    if (current->data->init != NULL) {
        current->data->init();
    }
}

void criterion_internal_test_main(void (*fn)(void))
{
    if (current->data->kind_ == CR_TEST_PARAMETERIZED) {
        struct criterion_test_params p = current->data->param_();
        ((void (*)(void *))(void *)fn)((char *)p.params +
                                       found.parameter * p.size);
        return;
    }
    fn();
}

void criterion_internal_test_teardown(void)
{
    const struct criterion_test_extra_data *suite =
        suite_data(current->category);

    if (current->data->fini != NULL) {
        current->data->fini();
    }
    if (suite != NULL && suite->fini != NULL) {
        suite->fini();
    }
}

/* -- assertions ----------------------------------------------------------- */

struct criterion_options criterion_options; /* every one of them off */

int cr_asprintf(char **out, const char *format, ...)
{
    va_list ap;
    int n;

    va_start(ap, format);
    n = vasprintf(out, format, ap);
    va_end(ap);
    return n;
}

void cr_asprintf_free(char *text)
{
    free(text);
}

/* As libcriterion says it, for its own runner finds the same failures. The
 * kinds that only C++ has are left out. */
static const char *const failed_because[] = {
    [CRITERION_ASSERT_MSG_FAIL] =
        "The conditions for this assertion were not met.",
    [CRITERION_ASSERT_MSG_EXPR_FALSE] = "The expression %s is false.",
    [CRITERION_ASSERT_MSG_EXPR_AS_STRINGS_FALSE] =
        "The expression (as strings) %s is false: actual=`%s` expected=`%s`.",
    [CRITERION_ASSERT_MSG_IS_NULL] = "%s is null.",
    [CRITERION_ASSERT_MSG_IS_NOT_NULL] = "%s is not null.",
    [CRITERION_ASSERT_MSG_IS_EMPTY] = "%s is empty.",
    [CRITERION_ASSERT_MSG_IS_NOT_EMPTY] = "%s (`%s`) is not empty.",
    [CRITERION_ASSERT_MSG_FILE_STR_MATCH] =
        "The file contents of %s does not match the string \"%s\".",
    [CRITERION_ASSERT_MSG_FILE_MATCH] =
        "The file contents of %s does not match the contents of %s.",
};

char *cr_translate_assert_msg(int index, ...)
{
    size_t i = (size_t)index;
    char *text = NULL;
    va_list ap;

    if (i >= sizeof failed_because / sizeof failed_because[0]) {
        i = CRITERION_ASSERT_MSG_FAIL;
    }
    va_start(ap, index);
    if (vasprintf(&text, failed_because[i], ap) < 0) {
        text = NULL;
    }
    va_end(ap);
    return text;
}

void criterion_send_assert(struct criterion_assert_stats *stats)
{
    if (!stats->passed) {
        rt_fail(stats->file, stats->line, stats->message);
    }
}

void cri_asserts_passed_incr(void)
{
    atomic_fetch_add(&rt->passed, 1);
}

/* The values behind a failed cr_assert(eq(...)), innermost last. */
static void describe(const struct cri_assert_node *n, char *buf, size_t size)
{
    size_t at = strlen(buf);

    if (n->repr != NULL && at < size) {
        at += (size_t)snprintf(buf + at, size - at, "%s%s", at > 0 ? "; " : "",
                               n->repr);
    }
    for (int i = 0; i < CRI_ASSERT_MAX_PARAMS && at < size; i++) {
        if (n->params[i].name != NULL && n->params[i].data != NULL &&
            n->params[i].type == CRI_ASSERT_RT_STR) {
            at += (size_t)snprintf(buf + at, size - at, ", %s: %s",
                                   n->params[i].name,
                                   (const char *)n->params[i].data);
        }
    }
    for (uint32_t i = 0; i < n->nchild; i++) {
        if (!n->children[i].pass) {
            describe(&n->children[i], buf, size);
        }
    }
}

void cri_assert_node_send(const char *file, size_t line,
                          struct cri_assert_node *node)
{
    char text[512] = "";

    if (node->message != NULL && node->message[0] != '\0') {
        snprintf(text, sizeof text, "%s", node->message);
    } else {
        describe(node, text, sizeof text);
    }
    rt_fail(file, (unsigned)line, text);
}

void criterion_continue_test(void)
{
}

void criterion_abort_test(void)
{
    rt_finish(END_FAILED);
}

void criterion_skip_test(const char *format, ...)
{
    (void)format;
    rt_finish(END_SKIPPED);
}

void criterion_test_die(const char *format, ...)
{
    char text[512];
    va_list ap;

    va_start(ap, format);
    vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    rt_fail(current->data->file_, current->data->line_, text);
    rt_finish(END_FAILED);
}
