/* SPDX-License-Identifier: MIT */
/* runner.c - see runner.h. Helgrind's XML goes to an unnamed file that only
 * Valgrind and we have open; the part a run added belongs to that run. */
#include "runner.h"
#include "proc.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    START_MS = 60000,
    WALL_FACTOR = 25, /* a little more than the server's own last resort */
};

struct runner {
    struct proc *proc;
    enum engine_id engine;
    int xml; /* -1: none */
    off_t xml_read;
};

struct runner *runner_open(TALLOC_CTX *ctx, const struct sandbox *sandbox,
                           const struct exercise *e, enum engine_id engine,
                           const char *binary)
{
    struct runner *r = talloc_zero(ctx, struct runner);
    bool forks = exercise_allows(e, "fork");
    int filter = sandbox_filter(sandbox, forks);
    char *env[] = {
        "PATH=/usr/local/bin:/usr/bin:/bin",
        "HOME=/tmp",
        "LC_ALL=C.UTF-8",
        "TMPDIR=/tmp",
        "MALLOC_PERTURB_=90", /* fresh memory is not zero by luck */
        talloc_asprintf(r, "TL_MEMORY_MB=%ld", engines[engine].memory_mb),
        NULL,
        NULL,
        NULL,
        NULL};
    struct proc_spec spec = {.env = env, .cwd = "/tmp"};
    int n = 6; /* of env */

    if (filter >= 0) {
        env[n++] = "TL_FILTER=3";
    }
    if (forks) {
        env[n++] = "TL_FORKS=1";
    }
    if (sandbox_wants_landlock(sandbox)) {
        env[n++] = "TL_LANDLOCK=1";
    }
    r->engine = engine;
    r->xml =
        engines[engine].valgrind ? memfd_create("helgrind", MFD_CLOEXEC) : -1;
    spec.fd3 = filter;
    spec.fd4 = r->xml;
    spec.argv =
        sandbox_argv(r, sandbox, NULL, binary, engine_argv(r, engine, binary));
    r->proc = proc_open(r, &spec);
    if (filter >= 0) {
        close(filter);
    }
    if (r->proc == NULL) {
        runner_close(r);
        return NULL;
    }
    return r;
}

const char *runner_errors(const struct runner *r)
{
    return proc_errors(r->proc);
}

void runner_close(struct runner *r)
{
    if (r->proc != NULL) {
        proc_close(r->proc);
    }
    if (r->xml >= 0) {
        close(r->xml);
    }
    talloc_free(r);
}

static enum runner_status ask(struct runner *r, TALLOC_CTX *ctx,
                              const char *line, long timeout_ms, json_t **out)
{
    char *answer;
    int rc = proc_ask(r->proc, ctx, line, timeout_ms, &answer);

    *out = NULL;
    if (rc == ECANCELED) {
        return RUNNER_STOPPED;
    }
    if (rc == 0) {
        *out = json_loads(answer, 0, NULL);
    }
    return *out != NULL ? RUNNER_OK : RUNNER_GONE;
}

/* Words by which the tools say that the machine is at fault. */
static bool unfit(const char *errors)
{
    return strstr(errors, "FATAL: ThreadSanitizer") != NULL ||
           strstr(errors, "Shadow memory range interleaves") != NULL ||
           strstr(errors, "error while loading shared libraries") != NULL ||
           strstr(errors, "valgrind: ") != NULL ||
           strstr(errors, "bwrap: ") != NULL ||
           strstr(errors, "execvp") != NULL;
}

enum runner_status runner_list(struct runner *r, TALLOC_CTX *ctx,
                               char ***out_names)
{
    json_t *answer;
    const json_t *cases;
    enum runner_status status = ask(r, ctx, "list\n", START_MS, &answer);
    size_t n;

    if (status != RUNNER_OK) {
        return status == RUNNER_GONE && unfit(runner_errors(r)) ? RUNNER_UNFIT
                                                                : status;
    }
    cases = json_object_get(answer, "cases");
    n = json_array_size(cases);
    *out_names = talloc_zero_array(ctx, char *, (unsigned)n + 1);
    for (size_t i = 0; i < n; i++) {
        (*out_names)[i] =
            talloc_strdup(*out_names, json_string_value(json_object_get(
                                          json_array_get(cases, i), "name")));
    }
    json_decref(answer);
    return RUNNER_OK;
}

/* What Valgrind has written since the last run. */
static void read_xml(struct runner *r, TALLOC_CTX *ctx, struct evidence *e)
{
    off_t end = lseek(r->xml, 0, SEEK_END);
    size_t size = end > r->xml_read ? (size_t)(end - r->xml_read) : 0;
    char *text = talloc_zero_size(ctx, size + 1);
    ssize_t n = pread(r->xml, text, size, r->xml_read);

    r->xml_read = end;
    e->xml = text;
    e->xml_length = n > 0 ? (size_t)n : 0;
    e->race_count = helgrind_parse(ctx, text, e->xml_length, &e->races);
}

/* One command that runs something, and what came of it. */
static enum runner_status command(struct runner *r, TALLOC_CTX *ctx,
                                  const char *line, long timeout_ms,
                                  struct evidence *out)
{
    enum runner_status status;

    memset(out, 0, sizeof *out);
    out->xml = "";
    if (r->xml >= 0) {
        r->xml_read = lseek(r->xml, 0, SEEK_END);
    }
    status = ask(r, ctx, line, timeout_ms, &out->run);
    if (status == RUNNER_OK && r->xml >= 0) {
        read_xml(r, ctx, out);
    }
    return status;
}

enum runner_status runner_run(struct runner *r, TALLOC_CTX *ctx,
                              const char *name, const struct plan *plan,
                              int limit_factor, struct evidence *out)
{
    long limit = engines[r->engine].limit_ms * limit_factor;
    char *line;

    if (plan->noise == PLAN_SCHEDULE) {
        line = talloc_asprintf(ctx, "replay %ld %s %s\n", limit, plan->schedule,
                               name);
    } else {
        line =
            talloc_asprintf(ctx, "run %ld %d %u %" PRIu64 " %s\n", limit,
                            (int)plan->noise, plan->number, plan->seed, name);
    }
    return command(r, ctx, line, limit * WALL_FACTOR, out);
}

enum runner_status runner_explore(struct runner *r, TALLOC_CTX *ctx,
                                  const char *name, unsigned first,
                                  unsigned count, uint64_t seed,
                                  struct evidence *out)
{
    long limit = engines[r->engine].limit_ms;
    char *line = talloc_asprintf(ctx, "explore %ld %u %u %" PRIu64 " %s\n",
                                 limit, first, count, seed, name);

    return command(r, ctx, line, limit * WALL_FACTOR + count * limit, out);
}
