/* SPDX-License-Identifier: MIT */
/* cmd_info.c - `threadlab list`, `hint` and `doctor`. */
#include "file.h"
#include "kit.h"
#include "proc.h"
#include "record.h"
#include "runner.h"
#include "term.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool wants_help(int argc, char **argv, const char *help)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            fputs(help, stdout);
            return true;
        }
    }
    return false;
}

/* -- list --------------------------------------------------------------------
 */

static const char list_help[] =
    "usage: threadlab list\n\n"
    "The exercises by chapters: points, about how many minutes, how far you\n"
    "are with each, and which to do next.\n";

struct listing {
    struct term term;
    const struct course *course;
    struct record *records; /* one per exercise, in the course's order */
};

static void print_state(const struct term *t, const struct record *r)
{
    char score[64];

    switch (r->state) {
    case RECORD_NOT_STARTED:
        term_put(t, "-");
        break;
    case RECORD_BEGUN:
        term_tint(t, TINT_NOTE);
        term_put(t, "begun");
        break;
    case RECORD_GRADED:
        term_tint(t, record_passed(r) ? TINT_GOOD : TINT_BAD);
        if (record_passed(r)) {
            term_put(t, term_glyph(t, GLYPH_PASSED));
            term_put(t, " ");
        }
        snprintf(score, sizeof score, "%.4g", r->score);
        term_put(t, score);
        break;
    }
    term_tint(t, TINT_NONE);
}

static void print_exercise(const struct listing *l, size_t at)
{
    const struct exercise *e = l->course->list[at];

    fprintf(l->term.out, "  %-23.23s %4u points  %3u min  ", e->id, e->points,
            e->minutes);
    print_state(&l->term, &l->records[at]);
    fputc('\n', l->term.out);
}

/* Before the first exercise of a chapter. */
static void print_chapter(const struct listing *l, size_t at)
{
    const struct course *c = l->course;
    unsigned number = (unsigned)(c->list[at]->id[0] - '0');
    char line[128];

    if (c->outline == NULL || number == 0 ||
        number > c->outline->chapter_count ||
        (at > 0 && c->list[at - 1]->id[0] == c->list[at]->id[0])) {
        return;
    }
    snprintf(line, sizeof line, "%u  %s", number,
             c->outline->chapters[number - 1].title);
    term_tint(&l->term, TINT_BOLD);
    term_put(&l->term, line);
    term_tint(&l->term, TINT_NONE);
    fputc('\n', l->term.out);
}

static bool is_passed(const struct listing *l, const char *id)
{
    size_t at = 0;

    while (strcmp(l->course->list[at]->id, id) != 0) {
        at++; /* the course has it, or it would not have been loaded */
    }
    return record_passed(&l->records[at]);
}

/* All that should come before it has been passed. */
static bool is_open(const struct listing *l, const struct exercise *e)
{
    for (unsigned i = 0; i < e->after_count; i++) {
        if (!is_passed(l, e->after[i])) {
            return false;
        }
    }
    return true;
}

static void print_next(const struct listing *l)
{
    for (size_t i = 0; i < l->course->count; i++) {
        const struct exercise *e = l->course->list[i];
        if (!record_passed(&l->records[i]) && is_open(l, e)) {
            fprintf(l->term.out,
                    "\nNext: %s. Read exercises/%s/README.md, edit %s, then\n"
                    "  make grade EX=%.2s\n",
                    e->title, e->id, e->file, e->id);
            return;
        }
    }
    fputs("\nAll done. What is left is to break it: make grade "
          "PROFILE=thorough\n",
          l->term.out);
}

static void print_course(TALLOC_CTX *ctx, const struct course *c)
{
    struct listing l = {term_detect(stdout), c,
                        talloc_array(ctx, struct record, (unsigned)c->count)};
    double reached = 0;
    unsigned total = 0;

    for (size_t i = 0; i < c->count; i++) {
        l.records[i] = record_read(c, c->list[i]);
        print_chapter(&l, i);
        print_exercise(&l, i);
        reached += l.records[i].score;
        total += c->list[i]->points;
    }
    fprintf(l.term.out, "\n%.4g of %u points.\n", reached, total);
    print_next(&l);
}

int cmd_list(int argc, char **argv)
{
    TALLOC_CTX *ctx = talloc_new(NULL);
    struct kit kit;
    int status;

    if (wants_help(argc, argv, list_help)) {
        return STATUS_OK;
    }
    status = kit_open(ctx, &kit);
    if (status == STATUS_OK) {
        print_course(ctx, kit.course);
    }
    talloc_free(ctx);
    return status;
}

/* -- hint ---------------------------------------------------------------------
 */

static const char hint_help[] =
    "usage: threadlab hint EXERCISE [N]\n\n"
    "Hint number N, or the next one you have not seen. Hints go from gentle\n"
    "to nearly there.\n";

/* How many hints were shown is remembered in build/hints/ID. */
static void show_hint(TALLOC_CTX *ctx, const struct kit *kit,
                      const struct exercise *e, long wanted)
{
    struct term t = term_detect(stdout);
    char *path = record_path(ctx, kit->course, "hints", e->id);
    char *text, *head;
    long n = wanted;

    if (n == 0) {
        n = file_read(ctx, path, &text, NULL) == 0 ? atol(text) + 1 : 1;
    }
    if (n > (long)e->hint_count) {
        n = (long)e->hint_count;
    }
    head =
        talloc_asprintf(ctx, "%s, hint %ld of %u: ", e->id, n, e->hint_count);
    term_put(&t, head);
    term_wrap(&t, term_columns(&t, head), 4, e->hints[n - 1]);
    if (n == (long)e->hint_count) {
        fputs("That was the last hint.\n", t.out);
    }
    text = talloc_asprintf(ctx, "%ld\n", n);
    file_write(path, text, strlen(text)); /* nothing is lost if it fails */
}

int cmd_hint(int argc, char **argv)
{
    TALLOC_CTX *ctx = talloc_new(NULL);
    const struct exercise **chosen;
    struct kit kit;
    size_t count;
    long n = argc > 2 ? atol(argv[2]) : 0;
    int status;

    if (wants_help(argc, argv, hint_help)) {
        return STATUS_OK;
    }
    if (argc < 2 || argc > 3 || (argc == 3 && n < 1)) {
        fputs(hint_help, stderr);
        return STATUS_USAGE;
    }
    status = kit_open(ctx, &kit);
    if (status == STATUS_OK) {
        status = kit_choose(ctx, &kit, argv + 1, 1, &chosen, &count);
    }
    if (status == STATUS_OK && count != 1) {
        fprintf(stderr, "threadlab: `%s` fits %zu exercises\n", argv[1], count);
        status = STATUS_USAGE;
    }
    if (status == STATUS_OK) {
        show_hint(ctx, &kit, chosen[0], n);
    }
    talloc_free(ctx);
    return status;
}

/* -- doctor
 * -------------------------------------------------------------------- */

static const char doctor_help[] =
    "usage: threadlab doctor\n\n"
    "Try everything grading needs on this machine and say what is missing.\n"
    "Exit status 0: it can grade. 3: it cannot.\n";

struct diagnosis {
    TALLOC_CTX *ctx;
    struct kit kit;
    int problems;
};

static void say(struct diagnosis *d, bool ok, const char *what,
                const char *detail, const char *cure)
{
    printf("%-4s %-18s %s\n", ok ? "ok" : "BAD", what, detail);
    if (!ok) {
        printf("     %-18s %s\n", "", cure);
        d->problems++;
    }
}

static void check_tool(struct diagnosis *d, const char *tool,
                       const char *package)
{
    const char *version = kit_tool_version(d->ctx, tool);

    say(d, version[0] != '\0', tool, version[0] != '\0' ? version : "not found",
        talloc_asprintf(d->ctx, "install the package %s, or run `make setup`",
                        package));
}

static const char tsan_cure[] =
    "ThreadSanitizer needs fixed addresses. In a container, allow the\n"
    "                        personality system call (docs/seccomp.json) or "
    "start it with\n                        `setarch -R`; or lower "
    "vm.mmap_rnd_bits to 28 (sysctl) on the host.";

/* Build the reference of one exercise and let each engine start. */
static void check_engines(struct diagnosis *d)
{
    const struct exercise *e = d->kit.course->list[0];
    char *stub = talloc_asprintf(d->ctx, "%s/%s", e->dir, e->file);

    for (int id = 0; id < ENGINE_COUNT; id++) {
        struct build b;
        struct runner *r = NULL;
        char **names;
        bool ok;
        if (id == ENGINE_CRITERION) {
            continue;
        }
        b = build_flavour(d->ctx, d->kit.builder, e, stub, engines[id].flavour);
        if (b.status == BUILD_OK) {
            r = runner_open(d->ctx, d->kit.sandbox, e, NULL, (enum engine_id)id,
                            b.path);
        }
        ok = r != NULL && runner_list(r, d->ctx, &names) == RUNNER_OK;
        say(d, ok, engines[id].name,
            ok ? "starts and finds the tests"
               : talloc_strndup(d->ctx, r != NULL ? runner_errors(r) : b.errors,
                                300),
            id == ENGINE_TSAN ? tsan_cure : "run `make setup`, then `make`");
        if (r != NULL) {
            runner_close(r);
        }
    }
}

int cmd_doctor(int argc, char **argv)
{
    struct diagnosis d = {.ctx = talloc_new(NULL)};
    int status;

    if (wants_help(argc, argv, doctor_help)) {
        return STATUS_OK;
    }
    kit_handle_signals();
    check_tool(&d, "clang", "clang");
    check_tool(&d, "objcopy", "binutils");
    check_tool(&d, "valgrind", "valgrind");
    status = kit_open(d.ctx, &d.kit);
    if (status == STATUS_OK) {
        status = kit_ready(d.ctx, &d.kit);
    }
    if (status == STATUS_OK) {
        printf("%-4s %-18s %s%s%s\n", "ok", "isolation",
               sandbox_name(d.kit.sandbox),
               sandbox_has_bwrap(d.kit.sandbox) ? "" : "; no bubblewrap: ",
               sandbox_reason(d.kit.sandbox));
        say(&d, kit_fix_addresses(), "addresses",
            "randomisation can be switched off for test runs", tsan_cure);
        check_engines(&d);
        kit_close(&d.kit);
    }
    talloc_free(d.ctx);
    if (status != STATUS_OK) {
        return status;
    }
    puts(d.problems == 0 ? "\nThis machine can grade."
                         : "\nThis machine cannot grade yet.");
    return d.problems == 0 ? STATUS_OK : STATUS_ENVIRONMENT;
}
