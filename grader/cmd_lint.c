/* SPDX-License-Identifier: MIT */
/* cmd_lint.c - `threadlab lint`: the course, tested like a product.
 *
 * For every exercise: the stub compiles without warnings and is reported as
 * not started; touched but unsolved it fails cleanly; the reference and
 * every ok-* solution get full marks; every wrong solution gets the headline
 * its file name declares. All of it in every one of `--times` gradings, each
 * with another seed. */
#include "args.h"
#include "file.h"
#include "grade.h"
#include "kind.h"
#include "kit.h"
#include "proc.h"
#include "progress.h"
#include "workers.h"

#include <dirent.h>
#include <getopt.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char lint_help[] =
    "usage: threadlab lint [OPTION]... [EXERCISE]...\n\n"
    "The kit's own check of its exercises, references and solutions.\n\n"
    "      --times N           grade every file N times (default 1)\n"
    "      --seed N            the first seed (default 1)\n"
    "  -p, --profile NAME      quick, standard (default) or thorough\n"
    "  -e, --engines LIST      to see what these find alone\n"
    "      --brief             only references, and wrong solutions that the\n"
    "                          quick profile without Helgrind does not find,\n"
    "                          are graded by the full one\n"
    "      --only WORD         only solutions whose name contains WORD\n"
    "  -j, --jobs N            jobs at a time (default: one per processor)\n"
    "  -h, --help              this text\n";

enum claim { CLAIM_NOT_STARTED, CLAIM_UNSOLVED, CLAIM_RIGHT, CLAIM_WRONG };

struct subject { /* a file and what is claimed of it */
    const struct exercise *exercise;
    const char *path, *name;
    enum claim claim;
    enum kind kind; /* CLAIM_WRONG */
    bool may_warn;  /* build errors do not compile at all */
    bool reference;
    bool settled; /* brief: nothing more is to be found out */
};

enum { LEAST_MINUTES = 10, MOST_MINUTES = 60 };

struct lint {
    TALLOC_CTX *ctx;
    struct kit kit;
    struct subject *subjects;
    size_t count;
    struct progress *progress;
    const char *only;
    unsigned long seed;
    int times, passed, failed;
    bool brief, trying;   /* trying: what fails now will be tried again */
    struct subject **row; /* those that are being graded, in order */
    size_t row_count;
    size_t next; /* of them, whose result comes next */
    bool kinds_seen[KIND_COUNT];
    bool all; /* every exercise is checked */
};

static void outcome(struct lint *l, const char *what, const char *problem)
{
    progress_pause(l->progress);
    if (problem != NULL) {
        l->failed++;
        printf("BAD  %s: %s\n", what, problem);
    } else {
        l->passed++;
    }
    fflush(stdout);
    progress_resume(l->progress);
}

static void add_subject(struct lint *l, struct subject s)
{
    l->subjects = talloc_realloc(l->ctx, l->subjects, struct subject,
                                 (unsigned)(l->count + 1));
    l->subjects[l->count++] = s;
}

/* -- what there is to check ----------------------------------------------- */

static void add_stub(struct lint *l, const struct exercise *e)
{
    char *stub = talloc_asprintf(l->ctx, "%s/%s", e->dir, e->file);
    char *dir = talloc_asprintf(l->ctx, "%s/touched/%s", l->kit.scratch, e->id);
    char *touched = talloc_asprintf(l->ctx, "%s/%s", dir, e->file);
    char *text;
    size_t length;

    outcome(l, talloc_asprintf(l->ctx, "%s stub", e->id),
            file_read(l->ctx, stub, &text, &length) == 0 &&
                    exercise_is_stub(e, text, length)
                ? NULL
                : "is not the one in exercises/stubs.sha256; if it is as it "
                  "should be, run sha256sum there again");
    add_subject(
        l, (struct subject){.exercise = e,
                            .path = stub,
                            .name = talloc_asprintf(l->ctx, "%s stub", e->id),
                            .claim = CLAIM_NOT_STARTED});
    if (file_read(l->ctx, stub, &text, NULL) == 0 && file_make_dirs(dir) == 0) {
        text = talloc_asprintf(l->ctx, "%s\n/* touched */\n", text);
        file_write(touched, text, strlen(text));
        add_subject(l, (struct subject){.exercise = e,
                                        .path = touched,
                                        .name = talloc_asprintf(
                                            l->ctx, "%s touched stub", e->id),
                                        .claim = CLAIM_UNSOLVED});
    }
}

static int is_source(const struct dirent *d)
{
    size_t n = strlen(d->d_name);

    return n > 2 && strcmp(d->d_name + n - 2, ".c") == 0;
}

/* The first comment after the licence line says what is right or wrong. */
static bool has_comment(TALLOC_CTX *ctx, const char *path)
{
    char *text;

    return file_read(ctx, path, &text, NULL) == 0 &&
           (strstr(text, "/* Right: ") != NULL ||
            strstr(text, "/* Wrong: ") != NULL);
}

static void add_solution(struct lint *l, const struct exercise *e,
                         const char *file)
{
    char *path =
        talloc_asprintf(l->ctx, "%s/solutions/%s/%s", l->kit.root, e->id, file);
    char *name = talloc_asprintf(l->ctx, "%s/%s", e->id, file);
    bool ok = strncmp(file, "ok-", 3) == 0;
    enum kind kind = kind_of(file);

    if (!ok && kind == KIND_COUNT) {
        outcome(l, name, "its name declares neither ok nor a finding kind");
        return;
    }
    outcome(l, name,
            has_comment(l->ctx, path)
                ? NULL
                : "its first comment should begin with Right: or Wrong:");
    add_subject(l, (struct subject){.exercise = e,
                                    .path = path,
                                    .name = name,
                                    .claim = ok ? CLAIM_RIGHT : CLAIM_WRONG,
                                    .kind = kind,
                                    .may_warn = kind == KIND_BUILD_ERROR});
    if (!ok) {
        l->kinds_seen[kind] = true;
    }
}

static void add_solutions(struct lint *l, const struct exercise *e)
{
    char *dir = talloc_asprintf(l->ctx, "%s/solutions/%s", l->kit.root, e->id);
    struct dirent **names = NULL;
    int right = 0, wrong = 0;
    int n = scandir(dir, &names, is_source, alphasort);

    for (int i = 0; i < n; i++) {
        bool ok = strncmp(names[i]->d_name, "ok-", 3) == 0;
        right += ok;
        wrong += !ok;
        if (l->only == NULL || strstr(names[i]->d_name, l->only) != NULL) {
            add_solution(l, e, names[i]->d_name);
        }
        free(names[i]);
    }
    free(names);
    if (right < 2 || wrong < 5) {
        outcome(l, e->id, "needs at least 2 right and 5 wrong solutions");
    }
}

static void add_exercise(struct lint *l, const struct exercise *e)
{
    if (l->only == NULL) {
        add_stub(l, e);
        add_subject(l,
                    (struct subject){
                        .exercise = e,
                        .path = talloc_asprintf(l->ctx, "%s/reference/%s/%s",
                                                l->kit.root, e->id, e->file),
                        .name = talloc_asprintf(l->ctx, "%s reference", e->id),
                        .claim = CLAIM_RIGHT,
                        .reference = true});
        outcome(l, talloc_asprintf(l->ctx, "%s lesson", e->id),
                file_exists(talloc_asprintf(l->ctx, "%s/README.md", e->dir))
                    ? NULL
                    : "README.md is missing");
        outcome(l, talloc_asprintf(l->ctx, "%s minutes", e->id),
                e->minutes >= LEAST_MINUTES && e->minutes <= MOST_MINUTES
                    ? NULL
                    : "exercise.yaml: minutes has to be from 10 to 60");
    }
    add_solutions(l, e);
}

/* The catalogue of mistakes covers every kind that a wrong solution can
 * have; the two others are shown by tests of the grader. */
static void check_kinds(struct lint *l)
{
    for (int k = 0; k < KIND_COUNT; k++) {
        bool elsewhere = k == KIND_FORBIDDEN_CALL || k == KIND_RESOURCE_LIMIT;
        if (!elsewhere) {
            outcome(l,
                    talloc_asprintf(l->ctx, "kind %s", kind_name((enum kind)k)),
                    l->kinds_seen[k] ? NULL : "no wrong solution shows it");
        }
    }
}

static void check_points(struct lint *l)
{
    const struct course *c = l->kit.course;
    unsigned sum = 0;

    for (size_t i = 0; i < c->count; i++) {
        sum += c->list[i]->points;
    }
    if (c->outline != NULL && c->outline->points != 0) {
        outcome(l, "points",
                sum == c->outline->points
                    ? NULL
                    : talloc_asprintf(l->ctx,
                                      "the exercises have %u, and "
                                      "exercises/course.yaml says %u",
                                      sum, c->outline->points));
    }
}

/* -- warnings ------------------------------------------------------------- */

struct warnings {
    struct lint *lint;
    pthread_mutex_t lock; /* guards lint, what it owns, and `done` */
    size_t done;
};

static void check_warnings_of(void *ctx, size_t i)
{
    struct warnings *w = ctx;
    struct lint *l = w->lint;
    const struct subject *s = &l->subjects[i];
    TALLOC_CTX *own = talloc_new(NULL);
    const char *text = "";
    bool checked = !s->may_warn && s->claim != CLAIM_UNSOLVED;

    if (checked && !proc_stopped()) {
        text = build_warnings(own, l->kit.builder, s->exercise, s->path);
    }
    pthread_mutex_lock(&w->lock);
    progress_show(l->progress, s->exercise->id, "warnings", (int)++w->done,
                  (int)l->count);
    if (checked && !proc_stopped()) { /* or the compiler was stopped, too */
        outcome(l, s->name,
                text[0] == '\0' ? NULL
                                : talloc_asprintf(own, "warnings:\n%s", text));
    }
    pthread_mutex_unlock(&w->lock);
    talloc_free(own);
}

static void check_warnings(struct lint *l, int jobs)
{
    struct warnings w = {.lint = l, .lock = PTHREAD_MUTEX_INITIALIZER};

    workers_run(jobs, l->count, check_warnings_of, &w);
    pthread_mutex_destroy(&w.lock);
}

/* -- claims and results --------------------------------------------------- */

static const struct finding *headline(const struct exercise_result *r)
{
    const struct finding *best = NULL;

    for (size_t i = 0; i < r->finding_count; i++) {
        const struct finding *f = &r->findings[i];
        if (!f->advisory && (best == NULL || f->kind < best->kind)) {
            best = f;
        }
    }
    return best;
}

static const char *words(TALLOC_CTX *ctx, const struct exercise_result *r)
{
    const struct finding *f = headline(r);

    if (r->status == EX_ERROR) {
        return talloc_asprintf(ctx, "the grader could not: %s", r->fault);
    }
    if (f == NULL) {
        return r->status == EX_NOT_STARTED ? "is not started" : "passes";
    }
    return talloc_asprintf(ctx, "gets %s in %s: %s (%s:%d, %s, %s)\n     %s",
                           kind_name(f->kind), f->test, f->title, f->file,
                           f->line, f->engine, f->replay, f->message);
}

/* A stub that does nothing only fails assertions; one with planted faults
 * fails in as many ways. */
static bool is_unsolved(const struct exercise *e,
                        const struct exercise_result *r,
                        const struct finding *f)
{
    return r->status == EX_FAILED && f != NULL &&
           (e->faulty || f->kind == KIND_ASSERTION_FAILED);
}

/* NULL if the result is as claimed. */
static const char *contradiction(TALLOC_CTX *ctx, const struct subject *s,
                                 const struct exercise_result *r)
{
    const struct finding *f = headline(r);

    switch (s->claim) {
    case CLAIM_NOT_STARTED:
        return r->status == EX_NOT_STARTED
                   ? NULL
                   : talloc_asprintf(ctx, "should be not started, but %s",
                                     words(ctx, r));
    case CLAIM_RIGHT:
        return r->status == EX_PASSED && r->score == r->max_score
                   ? NULL
                   : talloc_asprintf(ctx, "should pass, but %s", words(ctx, r));
    case CLAIM_UNSOLVED:
        return is_unsolved(s->exercise, r, f)
                   ? NULL
                   : talloc_asprintf(ctx, "should only fail assertions, but %s",
                                     words(ctx, r));
    default:
        return r->status == EX_FAILED && f != NULL && f->kind == s->kind
                   ? NULL
                   : talloc_asprintf(ctx, "should get %s, but %s",
                                     kind_name(s->kind), words(ctx, r));
    }
}

static void on_finished(void *ctx, const struct exercise_result *r)
{
    struct lint *l = ctx;
    struct subject *s = l->row[l->next++];
    const char *problem;

    if (proc_stopped()) { /* half a grading says nothing */
        return;
    }
    problem = contradiction(l->ctx, s, r);
    /* Only of a wrong one may more be found out by a longer look. */
    s->settled = problem == NULL || s->claim != CLAIM_WRONG;
    if (s->settled || !l->trying) {
        outcome(l, talloc_asprintf(l->ctx, "%s (seed %lu)", s->name, l->seed),
                problem);
    }
    progress_show(l->progress, s->exercise->id, s->name, (int)l->next,
                  (int)l->row_count);
    if (l->next == l->row_count || l->row[l->next]->exercise != s->exercise) {
        progress_pause(l->progress);
        printf("     %s: graded, %zu of %zu files\n", s->exercise->id, l->next,
               l->row_count);
        fflush(stdout);
        progress_resume(l->progress);
    }
}

static void grade_row(struct lint *l, const struct grade_options *options)
{
    struct grade_options o = *options;
    TALLOC_CTX *ctx = talloc_new(NULL);
    struct result result = {0};
    struct entry *entries =
        talloc_zero_array(ctx, struct entry, (unsigned)l->row_count);

    for (size_t i = 0; i < l->row_count; i++) {
        entries[i] = (struct entry){l->row[i]->exercise, l->row[i]->path, NULL};
    }
    l->next = 0;
    o.seed = l->seed;
    o.forgetful = true;
    o.events = (struct grade_events){.ctx = l, .finished = on_finished};
    if (l->row_count > 0 && !proc_stopped()) {
        grade_all(ctx, l->kit.builder, l->kit.sandbox, &o, entries,
                  l->row_count, &result);
    }
    talloc_free(ctx);
}

static bool is_wrong(const struct subject *s)
{
    return s->claim == CLAIM_WRONG;
}

static bool is_other_than_reference(const struct subject *s)
{
    return s->claim != CLAIM_WRONG && !s->reference;
}

static bool is_any(const struct subject *s)
{
    (void)s;
    return true;
}

/* Those for which `wanted` is true, except those that are settled. */
static void grade_those(struct lint *l, const struct grade_options *o,
                        bool (*wanted)(const struct subject *))
{
    l->row_count = 0;
    for (size_t i = 0; i < l->count; i++) {
        struct subject *s = &l->subjects[i];
        if (!s->settled && wanted(s)) {
            l->row[l->row_count++] = s;
        }
    }
    grade_row(l, o);
}

/* What a short look settles. Wrong ones do without Helgrind then, which takes
 * long to start and seldom finds what the others do not. */
static void grade_briefly(struct lint *l, const struct grade_options *o)
{
    struct grade_options quick = *o;

    l->trying = true;
    quick.profile = PROFILE_QUICK;
    grade_those(l, &quick, is_other_than_reference);
    quick.engine_wanted[ENGINE_HELGRIND] = false;
    grade_those(l, &quick, is_wrong);
    l->trying = false;
}

static void grade_subjects(struct lint *l, const struct grade_options *o)
{
    l->row = talloc_zero_array(l->ctx, struct subject *, (unsigned)l->count);
    for (int i = 0; i < l->times && !proc_stopped(); i++) {
        for (size_t k = 0; k < l->count; k++) {
            l->subjects[k].settled = false;
        }
        if (l->brief) {
            grade_briefly(l, o);
        }
        grade_those(l, o, is_any);
        l->seed++;
    }
}

static int parse(int argc, char **argv, struct lint *l, struct grade_options *o)
{
    static const struct option options[] = {
        {"times", required_argument, NULL, 't'},
        {"seed", required_argument, NULL, 'S'},
        {"profile", required_argument, NULL, 'p'},
        {"engines", required_argument, NULL, 'e'},
        {"only", required_argument, NULL, 'o'},
        {"brief", no_argument, NULL, 'b'},
        {"jobs", required_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0}};
    unsigned long n;
    int c, rc = STATUS_OK;

    *o = args_defaults();
    while (rc == STATUS_OK &&
           (c = getopt_long(argc, argv, "p:e:j:h", options, NULL)) != -1) {
        if (args_grading("lint", c, o, &rc)) {
            continue;
        }
        switch (c) {
        case 't':
            rc = args_number("lint", optarg, 1, 1000000, &n);
            l->times = (int)n;
            break;
        case 'o':
            l->only = optarg;
            break;
        case 'b':
            l->brief = true;
            break;
        default:
            fputs(lint_help, c == 'h' ? stdout : stderr);
            return c == 'h' ? -1 : STATUS_USAGE;
        }
    }
    l->seed = o->seed;
    return rc;
}

static int lint(struct lint *l, const struct grade_options *o,
                const struct exercise **chosen, size_t count)
{
    struct term term = term_detect(stdout);

    l->progress = progress_create(&term);
    for (size_t i = 0; i < count; i++) {
        add_exercise(l, chosen[i]);
    }
    check_warnings(l, o->jobs);
    if (l->only == NULL && count == l->kit.course->count) {
        check_kinds(l);
        check_points(l);
    }
    grade_subjects(l, o);
    progress_destroy(l->progress);
    printf("%d passed, %d failed\n", l->passed, l->failed);
    if (proc_stopped()) {
        return STATUS_INTERRUPTED;
    }
    return l->failed > 0 ? STATUS_FAILED : STATUS_OK;
}

int cmd_lint(int argc, char **argv)
{
    struct lint l = {.ctx = talloc_new(NULL), .times = 1};
    struct grade_options o = {0};
    const struct exercise **chosen;
    size_t count;
    int status = parse(argc, argv, &l, &o);

    if (status != STATUS_OK) {
        return status < 0 ? STATUS_OK : status;
    }
    kit_handle_signals();
    status = kit_open(l.ctx, &l.kit);
    if (status == STATUS_OK) {
        status = kit_choose(l.ctx, &l.kit, argv + optind, argc - optind,
                            &chosen, &count);
    }
    if (status == STATUS_OK) {
        status = kit_ready(l.ctx, &l.kit);
    }
    if (status == STATUS_OK) {
        status = lint(&l, &o, chosen, count);
        kit_close(&l.kit);
    }
    talloc_free(l.ctx);
    return status;
}
