/* SPDX-License-Identifier: MIT */
/* runner.c - see runner.h. Helgrind's XML goes to an unnamed file that only
 * Valgrind and we have open, and that is emptied before each run. */
#include "runner.h"
#include "proc.h"

#include <errno.h>
#include <fcntl.h>
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
    struct proc *proc; /* NULL: it could not start again */
    const struct sandbox *sandbox;
    const struct program *program; /* NULL: a submission */
    const char *binary;
    unsigned grants; /* of a submission */
    enum engine_id engine;
    const char *ending; /* how the last one was lost, or "" */
    char **env;
    size_t env_count;
    int xml; /* -1: none */
};

static void setting(struct runner *r, const char *name, const char *value)
{
    r->env = talloc_realloc(r, r->env, char *, (unsigned)(r->env_count + 2));
    r->env[r->env_count++] = talloc_asprintf(r, "%s=%s", name, value);
    r->env[r->env_count] = NULL;
}

/* What the fork server reads; see runtime/server.c and runtime/fence.h. */
static void server_settings(struct runner *r, bool filter, unsigned grants,
                            bool landlock)
{
    setting(r, "MALLOC_PERTURB_", "90"); /* fresh memory is not zero by luck */
    setting(r, "TL_MEMORY_MB",
            talloc_asprintf(r, "%ld", engines[r->engine].memory_mb));
    if (filter) {
        setting(r, "TL_FILTER", "3");
    }
    if ((grants & GRANT_FORK) != 0) {
        setting(r, "TL_FORKS", "1");
    }
    if (landlock) {
        setting(r, "TL_LANDLOCK", "1");
    }
}

static bool start(struct runner *r, struct proc_spec *spec)
{
    spec->env = r->env;
    spec->fd4 = r->xml;
    r->proc = proc_open(r, spec);
    return r->proc != NULL;
}

/* A submission: with nothing of ours around it. */
static bool start_fenced(struct runner *r)
{
    int filter = sandbox_filter(r->sandbox, r->grants);
    struct proc_spec spec = {.cwd = "/tmp", .fd3 = filter};
    bool ok;

    setting(r, "PATH", "/usr/local/bin:/usr/bin:/bin");
    setting(r, "HOME", "/tmp");
    setting(r, "LC_ALL", "C.UTF-8");
    setting(r, "TMPDIR", "/tmp");
    server_settings(r, filter >= 0, r->grants,
                    sandbox_wants_landlock(r->sandbox));
    spec.argv = sandbox_argv(r, r->sandbox, NULL, r->binary,
                             engine_argv(r, r->engine, r->binary, NULL));
    ok = start(r, &spec);
    if (filter >= 0) {
        close(filter);
    }
    return ok;
}

/* A program of the caller's own. */
static bool start_program(struct runner *r)
{
    const struct program *p = r->program;
    struct proc_spec spec = {.fd3 = -1};

    for (size_t i = 0; environ[i] != NULL; i++) {
        const char *equals = strchr(environ[i], '=');
        if (equals != NULL && strncmp(environ[i], "TL_", 3) != 0) {
            char *name =
                talloc_strndup(r, environ[i], (size_t)(equals - environ[i]));
            setting(r, name, equals + 1);
        }
    }
    server_settings(r, false, true, false);
    if (p->input != NULL) {
        setting(r, "TL_INPUT", p->input);
    }
    if (p->expected != NULL) {
        setting(r, "TL_EXPECT", p->expected);
    }
    if (p->endless) {
        setting(r, "TL_ENDLESS", "1");
    }
    spec.argv = engine_argv(r, r->engine, r->binary, p->args);
    return start(r, &spec);
}

/* A server, whose environment is made afresh. */
static bool start_server(struct runner *r)
{
    r->env = NULL;
    r->env_count = 0;
    return r->program != NULL ? start_program(r) : start_fenced(r);
}

struct runner *runner_open(TALLOC_CTX *ctx, const struct sandbox *sandbox,
                           const struct exercise *e,
                           const struct program *program, enum engine_id engine,
                           const char *binary)
{
    struct runner *r = talloc_zero(ctx, struct runner);

    r->sandbox = sandbox;
    r->program = program;
    r->binary = binary;
    r->grants = program == NULL ? sandbox_grants(e) : 0;
    r->engine = engine;
    r->ending = "";
    r->xml =
        engines[engine].valgrind ? memfd_create("helgrind", MFD_CLOEXEC) : -1;
    if (r->xml >= 0) { /* it is emptied before each run */
        fcntl(r->xml, F_SETFL, O_APPEND);
    }
    if (!start_server(r)) {
        runner_close(r);
        return NULL;
    }
    return r;
}

const char *runner_errors(const struct runner *r)
{
    return r->proc != NULL ? proc_errors(r->proc) : "";
}

const char *runner_ending(const struct runner *r)
{
    return r->ending;
}

static void end_server(struct runner *r)
{
    if (r->proc != NULL) {
        proc_close(r->proc);
        r->proc = NULL;
    }
}

void runner_close(struct runner *r)
{
    end_server(r);
    if (r->xml >= 0) {
        close(r->xml);
    }
    talloc_free(r);
}

static enum runner_status ask(struct runner *r, TALLOC_CTX *ctx,
                              const char *line, long timeout_ms, json_t **out)
{
    char *answer;
    int rc = r->proc != NULL ? proc_ask(r->proc, ctx, line, timeout_ms, &answer)
                             : EPIPE;

    *out = NULL;
    if (rc == ECANCELED) {
        return RUNNER_STOPPED;
    }
    if (rc == 0) {
        *out = json_loads(answer, 0, NULL);
        talloc_free(answer); /* up to 100 KB, and `ctx` may live long */
    }
    if (*out != NULL) {
        return RUNNER_OK;
    }
    r->ending = rc == 0       ? "its answer made no sense"
                : rc == ETIME ? "it did not answer"
                              : proc_ending(r, r->proc);
    return RUNNER_GONE;
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
    size_t size = end > 0 ? (size_t)end : 0;
    char *text = talloc_zero_size(ctx, size + 1);
    ssize_t n = pread(r->xml, text, size, 0);

    e->xml = text;
    e->xml_length = n > 0 ? (size_t)n : 0;
    e->race_count = helgrind_parse(ctx, text, e->xml_length, &e->races);
}

/* One command that runs something, and what came of it. */
static enum runner_status try_command(struct runner *r, TALLOC_CTX *ctx,
                                      const char *line, long timeout_ms,
                                      struct evidence *out)
{
    enum runner_status status;

    memset(out, 0, sizeof *out);
    out->xml = "";
    if (r->xml >= 0 && ftruncate(r->xml, 0) != 0) {
        return RUNNER_GONE;
    }
    status = ask(r, ctx, line, timeout_ms, &out->run);
    if (status == RUNNER_OK && r->xml >= 0) {
        read_xml(r, ctx, out);
    }
    return status;
}

/* A submission cannot reach the server: when that is lost, the machine is to
 * blame, unless it happens again. */
static enum runner_status command(struct runner *r, TALLOC_CTX *ctx,
                                  const char *line, long timeout_ms,
                                  struct evidence *out)
{
    enum runner_status status = try_command(r, ctx, line, timeout_ms, out);

    if (status == RUNNER_GONE) {
        end_server(r);
        start_server(r);
        status = try_command(r, ctx, line, timeout_ms, out);
    }
    return status;
}

char *runner_command(TALLOC_CTX *ctx, const char *name, const struct plan *plan,
                     long limit_ms)
{
    return plan->noise == PLAN_SCHEDULE
               ? talloc_asprintf(ctx, "replay %ld %s %s\n", limit_ms,
                                 plan->schedule, name)
               : talloc_asprintf(ctx, "run %ld %d %u %" PRIu64 " %s\n",
                                 limit_ms, (int)plan->noise, plan->number,
                                 plan->seed, name);
}

enum runner_status runner_run(struct runner *r, TALLOC_CTX *ctx,
                              const char *name, const struct plan *plan,
                              enum limit eighths, struct evidence *out)
{
    long limit = engines[r->engine].limit_ms * (long)eighths / 8;

    return command(r, ctx, runner_command(ctx, name, plan, limit),
                   limit * WALL_FACTOR, out);
}

enum runner_status runner_explore(struct runner *r, TALLOC_CTX *ctx,
                                  const char *name, const struct schedules *s,
                                  struct evidence *out)
{
    long limit = engines[r->engine].limit_ms;
    char *line = talloc_asprintf(
        ctx, "explore %ld %u %u %u %ld %" PRIu64 " %s\n", limit, s->search,
        s->first, s->count, s->time_ms, s->seed, name);

    return command(r, ctx, line,
                   limit * WALL_FACTOR + (s->search + s->count) * limit, out);
}
