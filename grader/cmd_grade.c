/* SPDX-License-Identifier: MIT */
/* cmd_grade.c - `threadlab grade` and `threadlab replay`. */
#include "args.h"
#include "file.h"
#include "judge.h"
#include "kind.h"
#include "kit.h"
#include "proc.h"
#include "progress.h"
#include "report_json.h"
#include "report_term.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char grade_help[] =
    "usage: threadlab grade [OPTION]... [EXERCISE]...\n\n"
    "Grade the exercises in a submission: all of them, or those named by id,\n"
    "number or word (25, bank, 25-bank-transfer).\n\n"
    "  -s, --submission PATH   a folder with NN-name/file.c, or one file\n"
    "                          (default: the kit's own exercises/)\n"
    "  -p, --profile NAME      quick, standard (default) or thorough\n"
    "  -e, --engines LIST      of explore, criterion, asan, tsan, helgrind\n"
    "  -j, --jobs N            jobs at a time (default: one per processor)\n"
    "      --seed N            decides delays and schedules (default 1): the\n"
    "                          same file and seed get the same verdict\n"
    "      --json FILE         write the result file too (- for stdout)\n"
    "      --require-all       fail unless every exercise passes\n"
    "  -q, --quiet             totals only\n"
    "  -v, --verbose           say at once when something is found\n"
    "  -h, --help              this text\n";

static const char replay_help[] =
    "usage: threadlab replay [-s PATH] TOKEN\n\n"
    "Run one run again and show everything there is to see about it. TOKEN is\n"
    "what a finding ends with, such as 25.explore.4.c1-41-1-2. Runs of the\n"
    "engine explore repeat step by step. In those of the others the operating\n"
    "system has a say, so a rare failure may need more than one try.\n\n"
    "  -s, --submission PATH   as for grade\n"
    "      --raw               the raw evidence as well\n"
    "  -h, --help              this text\n";

struct settings {
    const char *submission, *json;
    bool require_all, quiet, raw, verbose;
    struct grade_options grade;
};

static int parse_option(int c, struct settings *s)
{
    unsigned long n;
    int rc;

    switch (c) {
    case 's':
        s->submission = optarg;
        return STATUS_OK;
    case 'p':
        return args_profile("grade", optarg, &s->grade.profile);
    case 'e':
        return args_engines("grade", optarg, s->grade.engine_wanted);
    case 'j':
        rc = args_number("grade", optarg, 1, 256, &n);
        s->grade.jobs = (int)n;
        return rc;
    case 'S':
        rc = args_number("grade", optarg, 0, ~0UL, &n);
        s->grade.seed = n;
        return rc;
    case 'J':
        s->json = optarg;
        return STATUS_OK;
    case 'R':
        s->require_all = true;
        return STATUS_OK;
    case 'q':
        s->quiet = true;
        return STATUS_OK;
    case 'v':
        s->verbose = true;
        return STATUS_OK;
    case 'r':
        s->raw = true;
        return STATUS_OK;
    default:
        return STATUS_USAGE;
    }
}

/* Returns STATUS_OK and where the arguments start in optind; -1 if help was
 * printed. */
static int parse(int argc, char **argv, const char *help, struct settings *s)
{
    static const struct option options[] = {
        {"submission", required_argument, NULL, 's'},
        {"profile", required_argument, NULL, 'p'},
        {"engines", required_argument, NULL, 'e'},
        {"jobs", required_argument, NULL, 'j'},
        {"seed", required_argument, NULL, 'S'},
        {"json", required_argument, NULL, 'J'},
        {"require-all", no_argument, NULL, 'R'},
        {"quiet", no_argument, NULL, 'q'},
        {"verbose", no_argument, NULL, 'v'},
        {"raw", no_argument, NULL, 'r'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0}};
    int c, rc = STATUS_OK;

    memset(s, 0, sizeof *s);
    s->grade = args_defaults();
    while (rc == STATUS_OK &&
           (c = getopt_long(argc, argv, "s:p:e:j:qvh", options, NULL)) != -1) {
        if (c == 'h') {
            fputs(help, stdout);
            return -1;
        }
        rc = parse_option(c, s);
        if (c == '?') {
            fprintf(stderr, "see threadlab %s --help\n", argv[0]);
        }
    }
    return rc;
}

/* -- talking while it works -------------------------------------------------
 */

struct screen {
    TALLOC_CTX *ctx;
    const struct kit *kit;
    struct term term;
    struct progress *progress;
    const struct exercise_result *shown; /* whose sources are wanted */
    bool quiet, verbose;
};

/* Source lines for the report: of the submission's file or of the kit's. */
static const char *line_of(void *ctx, const char *file, int line)
{
    struct screen *s = ctx;
    const char *text = NULL;
    char *path = NULL, *content;

    for (size_t i = 0; i < s->kit->course->count; i++) {
        const struct exercise *e = s->kit->course->list[i];
        if (strcmp(e->id, s->shown->id) != 0) {
            continue;
        }
        path = strcmp(file, e->file) == 0
                   ? talloc_strdup(s->ctx, s->shown->path)
                   : talloc_asprintf(s->ctx, "%s/%s", e->dir, file);
    }
    if (path != NULL && file_read(s->ctx, path, &content, NULL) == 0) {
        text = source_line(s->ctx, content, line);
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
                     const struct settings *s, struct result *r)
{
    const char *tool;

    r->version = KIT_VERSION;
    r->clang = builder_compiler(kit->builder);
    tool = kit_tool_version(ctx, "valgrind");
    r->valgrind = tool;
    r->criterion = "2.4.1";
    r->profile = profile_names[s->grade.profile];
    r->isolation = sandbox_name(kit->sandbox);
    r->seed = s->grade.seed;
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

static int exit_status(const struct settings *s, const struct result *r)
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

static int grade(TALLOC_CTX *ctx, struct kit *kit, struct settings *s,
                 const struct entry *entries, size_t count)
{
    struct screen screen = {
        .ctx = ctx, .kit = kit, .quiet = s->quiet, .verbose = s->verbose};
    struct result result = {0};
    bool to_stdout = s->json != NULL && strcmp(s->json, "-") == 0;
    int rc, status;

    describe(ctx, kit, s, &result);
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
    rc = grade_all(ctx, kit->course, kit->builder, kit->sandbox, &s->grade,
                   entries, count, &result);
    progress_destroy(screen.progress);
    report_summary(&screen.term, &result);
    fflush(screen.term.out);
    status = write_json(s->json, &result);
    if (rc == ECANCELED) {
        return STATUS_INTERRUPTED;
    }
    return status != STATUS_OK ? status : exit_status(s, &result);
}

int cmd_grade(int argc, char **argv)
{
    TALLOC_CTX *ctx = talloc_new(NULL);
    const struct exercise **chosen;
    struct entry *entries;
    struct settings s;
    struct kit kit;
    size_t count = 0;
    int status = parse(argc, argv, grade_help, &s);

    if (status != STATUS_OK) {
        talloc_free(ctx);
        return status < 0 ? STATUS_OK : status;
    }
    kit_handle_signals();
    status = kit_open(ctx, &kit);
    if (status == STATUS_OK) {
        status = kit_choose(ctx, &kit, argv + optind, argc - optind, &chosen,
                            &count);
    }
    if (status == STATUS_OK) {
        status = kit_entries(ctx, &kit, s.submission, chosen, count, &entries,
                             &count);
    }
    if (status == STATUS_OK) {
        status = kit_ready(ctx, &kit);
    }
    if (status == STATUS_OK) {
        status = grade(ctx, &kit, &s, entries, count);
        kit_close(&kit);
    }
    talloc_free(ctx);
    return status;
}

/* -- replay ------------------------------------------------------------------
 */

static int replay(TALLOC_CTX *ctx, struct kit *kit, const struct settings *s,
                  const struct entry *entry, const struct token *token)
{
    struct screen screen = {.ctx = ctx, .kit = kit};
    struct report_source source = {line_of, &screen};
    struct exercise_result result = {0};
    const char *raw = "", *error = "";
    int rc = grade_replay(ctx, kit->course, kit->builder, kit->sandbox, entry,
                          token, &result, &raw, &error);

    if (rc != 0) {
        fprintf(stderr, "threadlab: %s\n", error);
        return rc == EINVAL ? STATUS_USAGE : STATUS_FAULT;
    }
    screen.term = term_detect(stdout);
    screen.shown = &result;
    report_exercise(&screen.term, &result, &source);
    if (s->raw) {
        term_verbatim(&screen.term, raw, 10000);
    } else if (result.finding_count == 0) {
        puts(token->plan.noise == PLAN_SCHEDULE
                 ? "This time the run passed: the program is not the one that\n"
                   "failed, or it decides something by chance or by the clock."
                 : "This time the run passed. Try again: such a token fixes "
                   "the\n"
                   "kit's delays, not what the operating system does.");
    }
    return result.finding_count > 0 ? STATUS_FAILED : STATUS_OK;
}

int cmd_replay(int argc, char **argv)
{
    TALLOC_CTX *ctx = talloc_new(NULL);
    const struct exercise **chosen;
    struct entry *entries;
    struct settings s;
    struct token token;
    struct kit kit;
    size_t count = 0;
    char *name;
    int status = parse(argc, argv, replay_help, &s);

    if (status != STATUS_OK) {
        talloc_free(ctx);
        return status < 0 ? STATUS_OK : status;
    }
    if (optind + 1 != argc || !token_read(argv[optind], &token)) {
        talloc_free(ctx);
        return args_bad("replay",
                        "not a token:", optind < argc ? argv[optind] : "");
    }
    name = token.exercise;
    kit_handle_signals();
    status = kit_open(ctx, &kit);
    if (status == STATUS_OK) {
        status = kit_choose(ctx, &kit, &name, 1, &chosen, &count);
    }
    if (status == STATUS_OK) {
        status =
            kit_entries(ctx, &kit, s.submission, chosen, 1, &entries, &count);
    }
    if (status == STATUS_OK) {
        status = kit_ready(ctx, &kit);
    }
    if (status == STATUS_OK) {
        status = replay(ctx, &kit, &s, &entries[0], &token);
        kit_close(&kit);
    }
    talloc_free(ctx);
    return status;
}
