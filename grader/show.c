/* SPDX-License-Identifier: MIT */
/* show.c - see show.h. */
#include "show.h"
#include "file.h"
#include "grade.h"
#include "grade_replay.h"
#include "kind.h"
#include "proc.h"
#include "progress.h"
#include "record.h"
#include "report_json.h"
#include "report_term.h"
#include "source.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct screen {
    TALLOC_CTX *ctx;
    const struct kit *kit;
    const struct entry *entries;
    struct term term;
    struct progress *progress;
    const struct exercise_result *shown; /* whose sources are wanted */
    bool quiet, verbose;
    bool own; /* the student's own files, in the kit */
};

/* The file that `file` names in the places of what is shown; NULL if none. */
static char *path_of(const struct screen *s, const char *file)
{
    const struct program *p = s->entries[0].program;

    for (size_t i = 0; p != NULL && i < p->file_count; i++) {
        if (strcmp(p->files[i].name, file) == 0) {
            return talloc_strdup(s->ctx, p->files[i].path);
        }
    }
    for (size_t i = 0; p == NULL && i < s->kit->course->count; i++) {
        const struct exercise *e = s->kit->course->list[i];
        if (strcmp(e->id, s->shown->id) == 0) {
            return strcmp(file, e->file) == 0
                       ? talloc_strdup(s->ctx, s->shown->path)
                       : talloc_asprintf(s->ctx, "%s/%s", e->dir, file);
        }
    }
    return NULL;
}

/* Source lines for the report. */
static const char *line_of(void *ctx, const char *file, int line)
{
    struct screen *s = ctx;
    const char *text = NULL;
    char *path = path_of(s, file), *content;

    if (path != NULL && file_read(s->ctx, path, &content, NULL) == 0) {
        text = source_raw_line(s->ctx, content, line);
        talloc_free(content);
    }
    talloc_free(path);
    return text;
}

static void on_progress(void *ctx, const char *id, const char *engine, int done,
                        int total)
{
    struct screen *s = ctx;

    progress_show(s->progress, id, engine, done, total);
}

/* An early word, while the rest is still being looked for. */
static void on_found(void *ctx, const char *id, const struct finding *f,
                     double seconds)
{
    struct screen *s = ctx;

    if (s->verbose && !f->advisory) {
        progress_pause(s->progress);
        fprintf(s->term.out, "%s: %s after %.1f s, still looking\n", id,
                kind_name(f->kind), seconds);
        fflush(s->term.out);
        progress_resume(s->progress);
    }
}

static void on_finished(void *ctx, const struct exercise_result *e)
{
    struct screen *s = ctx;
    struct report_source source = {line_of, s};

    if (s->own) {
        record_keep(s->kit->course, e);
    }
    if (s->quiet) {
        return;
    }
    progress_pause(s->progress);
    s->shown = e;
    report_exercise(&s->term, e, &source);
    fflush(s->term.out);
    progress_resume(s->progress);
}

static void describe(TALLOC_CTX *ctx, const struct kit *kit,
                     const struct show *s, bool program, struct result *r)
{
    r->version = KIT_VERSION;
    r->clang = builder_compiler(kit->builder);
    r->valgrind = kit_tool_version(ctx, "valgrind");
    r->criterion = kit_criterion_version(ctx);
    r->profile = profile_names[s->grade.profile];
    r->isolation = program ? "none" : sandbox_name(kit->sandbox);
    r->seed = s->grade.seed;
}

static bool is_stdout(const char *path)
{
    return path != NULL && strcmp(path, "-") == 0;
}

static int write_json(const char *path, const struct result *r)
{
    int rc = path == NULL ? 0 : report_json_write(path, r);

    if (rc != 0) {
        fprintf(stderr, "threadlab: cannot write %s: %s\n", path, strerror(rc));
        return STATUS_FAULT;
    }
    return STATUS_OK;
}

static int exit_status(const struct show *s, const struct result *r)
{
    int status = STATUS_OK;

    if (grade_environment_fault(r)) {
        return STATUS_ENVIRONMENT;
    }
    for (size_t i = 0; i < r->exercise_count; i++) {
        enum exercise_status e = r->exercises[i].status;
        if (e == EX_FAILED || e == EX_ERROR ||
            (s->require_all && e != EX_PASSED)) {
            status = STATUS_FAILED;
        }
    }
    return status;
}

int show_grading(TALLOC_CTX *ctx, struct kit *kit, struct show *s,
                 const struct entry *entries, size_t count)
{
    struct screen screen = {.ctx = ctx,
                            .kit = kit,
                            .entries = entries,
                            .quiet = s->quiet,
                            .verbose = s->verbose,
                            .own = s->submission == NULL &&
                                   entries[0].program == NULL};
    struct result result = {0};
    bool to_stdout = is_stdout(s->json);
    int rc, status;

    describe(ctx, kit, s, entries[0].program != NULL, &result);
    if (!to_stdout) {
        status = write_json(s->json, &result); /* pessimistic, and early */
        if (status != STATUS_OK) {
            return status;
        }
    }
    screen.term = term_detect(to_stdout ? stderr : stdout);
    screen.progress = progress_create(&screen.term);
    s->grade.events = (struct grade_events){.ctx = &screen,
                                            .progress = on_progress,
                                            .found = on_found,
                                            .finished = on_finished};
    rc = grade_all(ctx, kit->builder, kit->sandbox, &s->grade, entries, count,
                   &result);
    progress_destroy(screen.progress);
    if (entries[0].program == NULL) {
        report_summary(&screen.term, &result);
    } else {
        report_program(&screen.term, &result);
    }
    fflush(screen.term.out);
    status = write_json(s->json, &result);
    if (rc == ECANCELED) {
        return STATUS_INTERRUPTED;
    }
    return status != STATUS_OK ? status : exit_status(s, &result);
}

/* -- replay ------------------------------------------------------------------
 */

/* The run as it was, in the debugger, which stops where it fails. */
static int debug(TALLOC_CTX *ctx, struct kit *kit, const struct entry *entry,
                 const struct token *token)
{
    const char *binary, *line, *error = "";
    char *argv[64] = {"gdb", "-q", "-ex", "run", "--args"};
    size_t n = 5;
    struct encore encore = {entry, token, 1, {0}};
    int rc = grade_replay_by_hand(ctx, kit->builder, kit->sandbox, &encore,
                                  &binary, &line, &error);

    if (rc != 0) {
        fprintf(stderr, "threadlab: %s\n", error);
        return rc == EINVAL ? STATUS_USAGE : STATUS_FAULT;
    }
    argv[n++] = talloc_strdup(ctx, binary);
    for (size_t i = 0;
         entry->program != NULL && n < 63 && entry->program->args[i] != NULL;
         i++) {
        argv[n++] = entry->program->args[i];
    }
    setenv("TL_ONCE", line, 1);
    setenv("MALLOC_PERTURB_", "90", 1); /* as in every run */
    if (entry->program != NULL && entry->program->input != NULL) {
        setenv("TL_INPUT", entry->program->input, 1);
    }
    fprintf(stderr,
            "The run stops where it fails; `up` leads from there to your "
            "code, `info threads`\nshows the others. It is not shut in.\n");
    return kit_debugger(argv);
}

/* Why no run failed, by whether every decision in it was ours. */
static const char *const passed_words[] = {
    "Try again: such a token fixes the kit's delays, not what the operating "
    "system does.",
    "Either the program is not the one that failed, or it decides something by "
    "chance or by the clock.",
};

static void say_passed(const struct term *t, unsigned long times, bool ours)
{
    char text[256];

    if (times > 1) {
        snprintf(text, sizeof text, "All %lu runs passed. %s", times,
                 passed_words[ours]);
    } else {
        snprintf(text, sizeof text, "This time the run passed. %s",
                 passed_words[ours]);
    }
    term_wrap(t, 0, 0, text);
}

/* The result file of a grading that was this one run. */
static int write_replay(TALLOC_CTX *ctx, const struct kit *kit,
                        const struct show *s, const struct entry *entry,
                        struct exercise_result *e)
{
    struct result r = {.complete = !proc_stopped(),
                       .score = e->score,
                       .max_score = e->max_score,
                       .seconds = e->seconds,
                       .exercises = e,
                       .exercise_count = 1};

    if (s->json == NULL) {
        return STATUS_OK; /* and no tool need be asked for its version */
    }
    describe(ctx, kit, s, entry->program != NULL, &r);
    return write_json(s->json, &r);
}

int show_replay(TALLOC_CTX *ctx, struct kit *kit, const struct show *s,
                const struct entry *entry, const struct token *token)
{
    struct screen screen = {.ctx = ctx, .kit = kit, .entries = entry};
    struct report_source source = {line_of, &screen};
    struct exercise_result result = {0};
    struct encore encore = {entry,
                            token,
                            s->times > 0 ? (int)s->times : 1,
                            {.ctx = &screen, .progress = on_progress}};
    const char *raw = "", *error = "";
    int rc;

    if (s->gdb) {
        return debug(ctx, kit, entry, token);
    }
    screen.term = term_detect(is_stdout(s->json) ? stderr : stdout);
    screen.progress = progress_create(&screen.term);
    rc = grade_replay(ctx, kit->builder, kit->sandbox, &encore, &result, &raw,
                      &error);
    progress_destroy(screen.progress);
    if (rc != 0) {
        fprintf(stderr, "threadlab: %s\n", error);
        return rc == EINVAL ? STATUS_USAGE : STATUS_FAULT;
    }
    screen.shown = &result;
    report_exercise(&screen.term, &result, &source);
    if (s->raw) {
        term_verbatim(&screen.term, raw, 10000);
    } else if (result.finding_count == 0) {
        say_passed(&screen.term, s->times, token->plan.noise == PLAN_SCHEDULE);
    }
    rc = write_replay(ctx, kit, s, entry, &result);
    return rc != STATUS_OK            ? rc
           : result.finding_count > 0 ? STATUS_FAILED
                                      : STATUS_OK;
}
