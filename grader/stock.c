/* SPDX-License-Identifier: MIT */
/* stock.c - see stock.h. */
#include "stock.h"
#include "file.h"
#include "kind.h"
#include "proc.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STOCK_MS = 200000 }; /* for every test to reach its own limit */

static void add(TALLOC_CTX *ctx, struct stock_result *out, enum kind kind,
                const char *test, const char *title, const char *file, int line,
                const char *message)
{
    out->list = talloc_realloc(ctx, out->list, struct finding,
                               (unsigned)(out->count + 1));
    out->list[out->count++] = (struct finding){.kind = kind,
                                               .engine = "criterion",
                                               .test = test,
                                               .title = title,
                                               .message = message,
                                               .advice = kind_advice(kind),
                                               .file = file,
                                               .line = line,
                                               .seen = 1,
                                               .runs = 1,
                                               .replay = ""};
}

/* The newest comes first, and further lines of one follow it, set in. */
static const char *first_message(const json_t *messages)
{
    const char *text = NULL;

    for (size_t n = json_array_size(messages); n-- > 0;) {
        text = json_string_value(json_array_get(messages, n));
        if (text != NULL && text[0] != ' ') {
            break;
        }
    }
    return text;
}

/* "test_bank.c:8: balance is wrong" */
static void take_failure(TALLOC_CTX *ctx, struct stock_result *out,
                         const char *test, const char *test_file,
                         const json_t *messages)
{
    const char *text = first_message(messages);
    const char *colon = text != NULL ? strchr(text, ':') : NULL;
    int line = colon != NULL ? atoi(colon + 1) : 0;
    const char *rest = colon != NULL ? strstr(colon + 1, ": ") : NULL;
    bool timed_out = text != NULL && strstr(text, "timed out") != NULL;
    enum kind kind = line > 0 || text == NULL ? KIND_ASSERTION_FAILED
                     : timed_out              ? KIND_HANG
                                              : KIND_CRASH;

    add(ctx, out, kind, test,
        talloc_strdup(ctx, rest != NULL   ? rest + 2
                           : text != NULL ? text
                                          : "the test did not pass"),
        line > 0 ? test_file : "", line,
        "The test failed under the stock Criterion runner.");
}

/* How Criterion 2.4 lays out a message: on lines of their own, the first of
 * which begins like this, and the next one's too. */
static const char message_start[] = "\n            \"";
static const char messages_end[] = "\n          ]";

/* Where the message that begins at `text` ends: its quote. */
static const char *message_end(const char *text)
{
    const char *next = strstr(text, message_start);
    const char *last = strstr(text, messages_end);
    const char *end = next != NULL && next < last ? next - 1 : last;

    return end != NULL && end > text ? end - 1 : NULL;
}

/* Criterion does not escape what a test says, so that a quote in a message
 * makes a report that is no JSON. */
static char *escape_messages(TALLOC_CTX *ctx, const char *text)
{
    char *s = talloc_strdup(ctx, "");
    const char *start, *end;

    while ((start = strstr(text, message_start)) != NULL &&
           (end = message_end(start + strlen(message_start))) != NULL) {
        start += strlen(message_start);
        s = talloc_strndup_append(s, text, (size_t)(start - text));
        for (const char *p = start; p < end; p++) {
            bool plain = *p != '"' && *p != '\\' && (unsigned char)*p >= ' ';
            s = plain ? talloc_strndup_append(s, p, 1)
                      : talloc_asprintf_append(s, "\\u%04x", (unsigned)*p);
        }
        text = end;
    }
    return talloc_strdup_append(s, text);
}

bool stock_parse(TALLOC_CTX *ctx, const char *text, const char *test_file,
                 struct stock_result *out)
{
    json_t *root = json_loads(escape_messages(ctx, text), 0, NULL);
    const json_t *suites = json_object_get(root, "test_suites");
    bool ok = json_is_array(suites);

    for (size_t i = 0; i < json_array_size(suites); i++) {
        const json_t *suite = json_array_get(suites, i);
        const json_t *tests = json_object_get(suite, "tests");
        for (size_t k = 0; k < json_array_size(tests); k++) {
            const json_t *t = json_array_get(tests, k);
            const char *status =
                json_string_value(json_object_get(t, "status"));
            if (status == NULL || strcmp(status, "PASSED") == 0 ||
                strcmp(status, "SKIPPED") == 0) {
                continue;
            }
            take_failure(ctx, out,
                         talloc_asprintf(
                             ctx, "%s/%s",
                             json_string_value(json_object_get(suite, "name")),
                             json_string_value(json_object_get(t, "name"))),
                         test_file, json_object_get(t, "messages"));
        }
    }
    json_decref(root);
    return ok;
}

static char *filter_of(TALLOC_CTX *ctx, const char *const *skip)
{
    char *filter = talloc_strdup(ctx, "!(");

    if (skip[0] == NULL) {
        return talloc_strdup(ctx, "*");
    }
    for (size_t i = 0; skip[i] != NULL; i++) {
        filter =
            talloc_asprintf_append(filter, "%s%s", i > 0 ? "|" : "", skip[i]);
    }
    return talloc_strdup_append(filter, ")");
}

/* What the workers shall give up (fence.h): added to `env` from `n` on.
 * Returns how many there are now. */
static int fence_env(TALLOC_CTX *ctx, const struct sandbox *sandbox,
                     const struct exercise *e, const char *dir, char **env,
                     int n)
{
    unsigned grants = sandbox_grants(e);
    int filter = sandbox_filter(sandbox, grants);
    char *path = talloc_asprintf(ctx, "%s/filter", dir);
    char text[4096];
    ssize_t length = filter >= 0 ? read(filter, text, sizeof text) : 0;

    if (filter >= 0) {
        close(filter);
    }
    if (length > 0 && file_write(path, text, (size_t)length) == 0) {
        env[n++] = talloc_asprintf(ctx, "TL_FILTER=%s", path);
    }
    if ((grants & GRANT_FORK) != 0) {
        env[n++] = talloc_strdup(ctx, "TL_FORKS=1");
    }
    if (sandbox_wants_landlock(sandbox)) {
        env[n++] = talloc_strdup(ctx, "TL_LANDLOCK=1");
    }
    return n;
}

int stock_run(TALLOC_CTX *ctx, const struct sandbox *sandbox,
              const struct exercise *e, const char *binary,
              const char *const *skip, struct stock_result *out)
{
    const char *tmp = getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp";
    char *dir = talloc_asprintf(ctx, "%s/threadlab-stock.XXXXXX", tmp);
    char *env[] = {"PATH=/usr/bin:/bin",
                   "HOME=/tmp",
                   "LC_ALL=C.UTF-8",
                   NULL,
                   NULL,
                   NULL,
                   NULL,
                   NULL};
    int n = 3; /* of env */
    struct proc_spec spec = {.env = env, .fd3 = -1, .fd4 = -1};
    struct proc_result r;
    char *report, *json, *text;
    int rc;

    *out = (struct stock_result){0};
    if (mkdtemp(dir) == NULL) {
        return errno;
    }
    env[n++] = talloc_asprintf(ctx, "TMPDIR=%s", dir); /* for its sockets */
    fence_env(ctx, sandbox, e, dir, env, n);
    report = talloc_asprintf(ctx, "%s/report.json", dir);
    json = talloc_asprintf(ctx, "--json=%s", report);
    {
        char *argv[] = {(char *)binary,       "-j1", "--quiet", "--filter",
                        filter_of(ctx, skip), json,  NULL};
        spec.argv = sandbox_argv(ctx, sandbox, dir, binary, argv);
        spec.cwd = dir;
        rc = proc_run(ctx, &spec, STOCK_MS, &r);
    }
    if (rc == 0 && !r.timed_out && file_read(ctx, report, &text, NULL) == 0 &&
        stock_parse(ctx, text, e->test, out)) {
        out->ran = true;
    } else if (rc != ECANCELED) {
        rc = rc != 0 ? rc : ETIME;
        add(ctx, out, r.timed_out ? KIND_HANG : KIND_EARLY_EXIT, "",
            "the stock Criterion runner did not finish", "", 0,
            r.timed_out ? "The tests had not come to an end after minutes: "
                          "some of them stand still."
                        : "It ended without a report: the program ended it.");
        out->list[0].advisory = true; /* it may have been the runner's fault */
    }
    file_remove_tree(dir);
    return rc;
}
