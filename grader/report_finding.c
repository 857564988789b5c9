/* SPDX-License-Identifier: MIT */
/* report_finding.c - see report_finding.h.
 *
 * Words come from the findings and kind.c, harmless text from term.c.
 * The headline of each test is explained in full, unless the same defect was
 * explained for an earlier test. Below that explanation come the other tests
 * this defect fails and, in one line each, what else was found in any of
 * these tests. fill_roles decides all this; the rest writes. */
#include "report_finding.h"
#include "kind.h"
#include "report_parts.h"
#include "report_story.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    FRAMES_SHOWN = 4,   /* per thread */
    CHECK_LINES = 8,    /* of a check, at most */
    COMPILER_LINES = 60 /* of compiler output */
};

/* How a finding is shown. */
struct role {
    size_t lead;  /* below this finding; itself if it leads */
    bool is_head; /* it is the headline of its test */
};

/* What all the functions below need to know. */
struct page {
    const struct term *t;
    const struct exercise_result *ex;
    const struct report_source *source; /* or NULL */
    const struct role *roles;           /* one per finding */
};

/* The text of a line; NULL if there is none. Valid until the next call. */
static const char *source_of(const struct page *page, const char *file,
                             int line)
{
    return page->source != NULL && line > 0
               ? page->source->line(page->source->ctx, file, line)
               : NULL;
}

/* How far a line is indented. */
static size_t indentation(const char *text)
{
    return text != NULL ? strspn(text, " \t") : 0;
}

/* Write the source line at file:line, if there is one, under its number, up to
 * `outdent` columns further to the left. */
static void put_source(const struct page *page, int indent, const char *file,
                       int line, size_t outdent)
{
    const struct term *t = page->t;
    const char *text = source_of(page, file, line);
    char number[16];
    int column = 0;

    if (text == NULL) {
        return;
    }
    text += outdent < indentation(text) ? outdent : indentation(text);
    snprintf(number, sizeof(number), "%4d ", line);
    term_blanks(t, indent);
    term_tint(t, TINT_DIM);
    fputs(number, t->out);
    fputs(term_glyph(t, GLYPH_BAR), t->out);
    term_tint(t, TINT_NONE);
    column = indent + (int)strlen(number) + 1;
    term_blanks(t, 1);
    term_clip(t, text, t->width - column - 1);
    putc('\n', t->out);
}

/* --- places --- */

/* `path`, if that is where `file` was found: then editors can open it. */
static const char *full_name(const char *path, const char *file)
{
    size_t path_len = strlen(path);
    size_t file_len = strlen(file);

    if (path_len > file_len && file_len > 0 &&
        path[path_len - file_len - 1] == '/' &&
        strcmp(path + path_len - file_len, file) == 0) {
        return path;
    }
    return file;
}

/* "bank.c:41", "bank.c" without a line, "" without a file. */
static void place_text(const char *file, int line, char *out, size_t size)
{
    if (file[0] != '\0' && line > 0) {
        snprintf(out, size, "%s:%d", file, line);
    } else {
        snprintf(out, size, "%s", file);
    }
}

/* Is this frame in a file of the exercise, not of the system? */
static bool is_ours(const struct frame *frame)
{
    return frame->file[0] != '\0' && frame->file[0] != '/';
}

/* Will the report show the finding's place among its threads' frames? */
static bool place_is_in_stacks(const struct finding *f)
{
    for (size_t p = 0; p < f->party_count; p++) {
        const struct stack *stack = &f->parties[p].stack;
        int shown = 0;

        for (size_t i = 0; i < stack->count && shown < FRAMES_SHOWN; i++) {
            const struct frame *frame = &stack->frames[i];

            if (!is_ours(frame)) {
                continue;
            }
            if (frame->line == f->line && strcmp(frame->file, f->file) == 0) {
                return true;
            }
            shown++;
        }
    }
    return false;
}

/* --- threads and locks --- */

static void put_frame(const struct page *page, int indent,
                      const struct frame *frame)
{
    char place[4096];
    int column = indent;

    place_text(frame->file, frame->line, place, sizeof(place));
    term_blanks(page->t, indent);
    column = report_piece(page->t, column, indent, TINT_NONE, frame->function);
    /* A name of one or two letters ends before the deeper indentation. */
    report_piece(page->t, column, column > indent + 2 ? indent + 2 : indent,
                 TINT_DIM, place);
    putc('\n', page->t->out);
}

/* Write the frames a student can do something about, and the source line of
 * the first; or, if there are none, just where the thread is. */
static void put_stack(const struct page *page, int indent,
                      const struct stack *stack)
{
    int ours = 0;

    for (size_t i = 0; i < stack->count; i++) {
        const struct frame *frame = &stack->frames[i];

        if (!is_ours(frame)) {
            continue;
        }
        if (ours < FRAMES_SHOWN) {
            put_frame(page, indent, frame);
        }
        if (ours == 0) {
            put_source(page, indent, frame->file, frame->line, SIZE_MAX);
        }
        ours++;
    }
    if (ours > FRAMES_SHOWN) {
        term_blanks(page->t, indent);
        fprintf(page->t->out, "%s and %d more caller%s\n",
                term_glyph(page->t, GLYPH_ELLIPSIS), ours - FRAMES_SHOWN,
                report_plural(ours - FRAMES_SHOWN));
    }
    if (ours == 0 && stack->count > 0) {
        put_frame(page, indent, &stack->frames[0]);
    }
}

/* Where the statement begins that a check is part of. Some are several lines
 * long, and known by the last one. */
static int first_of_check(const struct page *page, const char *file, int line)
{
    for (int first = line; first > 0 && first > line - CHECK_LINES; first--) {
        const char *text = source_of(page, file, first);

        if (text != NULL &&
            (strstr(text, "cr_") != NULL || strstr(text, "assert") != NULL)) {
            return first;
        }
    }
    return line;
}

/* Write where a finding is. */
static void put_its_source(const struct page *page, const struct finding *f)
{
    int first = f->kind == KIND_ASSERTION_FAILED
                    ? first_of_check(page, f->file, f->line)
                    : f->line;
    size_t outdent = indentation(source_of(page, f->file, first));

    for (int line = first; line <= f->line; line++) {
        put_source(page, REPORT_BODY, f->file, line, outdent);
    }
}

/* Write `name` and, from column `indent` on, `text`. */
static void put_named(const struct term *t, int indent, const char *name,
                      const char *text)
{
    int used = REPORT_BODY + term_columns(t, name);

    term_blanks(t, REPORT_BODY);
    report_colored(t, TINT_BOLD, name);
    term_blanks(t, indent > used ? indent - used : 1);
    term_wrap(t, indent > used ? indent : used + 1, indent, text);
}

/* The column at which texts next to the names of threads and locks begin. */
static int names_end(const struct term *t, const struct finding *f)
{
    int longest = 2;

    for (size_t i = 0; i < f->party_count + f->lock_count; i++) {
        const char *name = i < f->party_count
                               ? f->parties[i].name
                               : f->locks[i - f->party_count].name;
        int columns = term_columns(t, name);

        longest = columns > longest ? columns : longest;
    }
    return REPORT_BODY + (longest > 8 ? 8 : longest) + 2;
}

/* Do the two do the same in the same place? */
static bool are_alike(const struct party *a, const struct party *b)
{
    bool same =
        strcmp(a->state, b->state) == 0 && a->stack.count == b->stack.count;

    for (size_t i = 0; same && i < a->stack.count; i++) {
        const struct frame *x = &a->stack.frames[i], *y = &b->stack.frames[i];
        same = x->line == y->line && strcmp(x->file, y->file) == 0 &&
               strcmp(x->function, y->function) == 0;
    }
    return same;
}

static bool is_like_earlier(const struct finding *f, size_t party)
{
    for (size_t i = 0; i < party; i++) {
        if (are_alike(&f->parties[i], &f->parties[party])) {
            return true;
        }
    }
    return false;
}

/* Write the names, without what is behind them, of those that are like
 * `party`. */
static void put_likewise(const struct page *page, int indent,
                         const struct finding *f, size_t party)
{
    char names[2048] = "";
    size_t used = 0;

    for (size_t i = party + 1; i < f->party_count; i++) {
        const char *name = f->parties[i].name;
        int length = (int)strcspn(name, " ");
        if (are_alike(&f->parties[party], &f->parties[i]) &&
            used + (size_t)length + sizeof ",  likewise" < sizeof names) {
            used += (size_t)sprintf(names + used, "%s%.*s",
                                    used > 0 ? ", " : "", length, name);
        }
    }
    if (used > 0) {
        strcpy(names + used, " likewise");
        term_blanks(page->t, indent);
        term_wrap(page->t, indent, indent, names);
    }
}

static void put_parties(const struct page *page, const struct finding *f)
{
    const struct term *t = page->t;
    int indent = names_end(t, f);

    if (f->party_count + f->lock_count > 0) {
        putc('\n', t->out);
    }
    for (size_t i = 0; i < f->party_count; i++) {
        if (!is_like_earlier(f, i)) {
            put_named(t, indent, f->parties[i].name, f->parties[i].state);
            put_stack(page, indent, &f->parties[i].stack);
            put_likewise(page, indent, f, i);
        }
    }
    for (size_t i = 0; i < f->lock_count; i++) {
        put_named(t, indent, f->locks[i].name, f->locks[i].what);
    }
}

/* --- one defect --- */

/* Are these two the same mistake, seen in different tests? */
static bool same_defect(const struct finding *a, const struct finding *b)
{
    return a->kind == b->kind && a->line == b->line &&
           a->advisory == b->advisory && strcmp(a->file, b->file) == 0 &&
           strcmp(a->title, b->title) == 0;
}

static bool same_test(const struct finding *a, const struct finding *b)
{
    return strcmp(a->test, b->test) == 0;
}

/* The finding that speaks for findings[i]'s test: its headline or, if nobody
 * marked one, its first. */
static size_t head_of(const struct exercise_result *ex, size_t i)
{
    size_t first = i;

    if (ex->findings[i].headline) {
        return i;
    }
    for (size_t k = ex->finding_count; k-- > 0;) {
        if (same_test(&ex->findings[k], &ex->findings[i])) {
            first = k;
        }
    }
    for (size_t k = first; k < ex->finding_count; k++) {
        if (ex->findings[k].headline &&
            same_test(&ex->findings[k], &ex->findings[i])) {
            return k;
        }
    }
    return first;
}

/* Decide for each finding below which one it is shown. */
static void fill_roles(const struct exercise_result *ex, struct role roles[])
{
    for (size_t i = 0; i < ex->finding_count; i++) {
        size_t head = head_of(ex, i);
        size_t lead = head;

        for (size_t k = head; k-- > 0;) {
            if (head_of(ex, k) == k &&
                same_defect(&ex->findings[k], &ex->findings[head])) {
                lead = k;
            }
        }
        roles[i] = (struct role){.lead = lead, .is_head = head == i};
    }
}

static void seen_text(const struct finding *f, char *out, size_t size)
{
    out[0] = '\0';
    if (f->runs > 0) {
        snprintf(out, size, "%d of %d run%s", f->seen, f->runs,
                 report_plural(f->runs));
    }
}

/* List the tests, other than its own, that `lead` is the headline of. */
static void put_other_tests(const struct page *page, size_t lead)
{
    const struct exercise_result *ex = page->ex;
    const char *title = "The same defect fails:";

    for (size_t i = lead + 1; i < ex->finding_count; i++) {
        const struct finding *other = &ex->findings[i];
        char seen[64];
        int column = REPORT_BODY + 2;

        if (!page->roles[i].is_head || page->roles[i].lead != lead) {
            continue;
        }
        if (title != NULL) {
            report_paragraph(page->t, title);
            title = NULL;
        }
        seen_text(other, seen, sizeof(seen));
        term_blanks(page->t, column);
        column = report_piece(page->t, column, REPORT_BODY + 2, TINT_NONE,
                              other->test);
        report_piece(page->t, column, REPORT_BODY + 4, TINT_DIM, seen);
        putc('\n', page->t->out);
    }
}

/* Does findings[i] get a line below `lead`: is it another defect than that,
 * and not listed there yet? */
static bool is_beside(const struct page *page, size_t lead, size_t i)
{
    const struct finding *findings = page->ex->findings;

    if (page->roles[i].is_head || page->roles[i].lead != lead ||
        same_defect(&findings[i], &findings[lead])) {
        return false;
    }
    for (size_t k = 0; k < i; k++) {
        if (!page->roles[k].is_head && page->roles[k].lead == lead &&
            same_defect(&findings[k], &findings[i])) {
            return false;
        }
    }
    return true;
}

static void put_beside(const struct page *page, size_t lead)
{
    const struct exercise_result *ex = page->ex;
    const char *title = "Also found here:";

    for (size_t i = 0; i < ex->finding_count; i++) {
        const struct finding *f = &ex->findings[i];
        char place[4096], text[4096];
        int column = REPORT_BODY + 2;

        if (!is_beside(page, lead, i)) {
            continue;
        }
        if (title != NULL) {
            report_paragraph(page->t, title);
            title = NULL;
        }
        place_text(f->file, f->line, place, sizeof(place));
        term_blanks(page->t, column);
        column = report_piece(page->t, column, REPORT_BODY + 4, TINT_NOTE,
                              kind_name(f->kind));
        if (place[0] != '\0') {
            column =
                report_piece(page->t, column, REPORT_BODY + 4, TINT_DIM, place);
        }
        term_blanks(page->t, 2);
        snprintf(text, sizeof(text), "%s%s", f->title,
                 f->advisory ? " (advice)" : "");
        term_wrap(page->t, column + 2, REPORT_BODY + 4, text);
    }
}

/* The first line of a finding: "data-race  test  file:line". */
static void put_head(const struct page *page, const struct finding *f)
{
    const struct term *t = page->t;
    int column = REPORT_INDENT;
    char place[4096];

    place_text(full_name(page->ex->path, f->file), f->line, place,
               sizeof(place));
    term_blanks(t, REPORT_INDENT);
    term_tint(t, TINT_BOLD);
    column =
        report_piece(t, column, REPORT_INDENT,
                     f->advisory ? TINT_NOTE : TINT_BAD, kind_name(f->kind));
    if (f->test[0] != '\0') {
        column = report_piece(t, column, REPORT_BODY, TINT_NONE, f->test);
    }
    if (place[0] != '\0') {
        report_piece(t, column, REPORT_BODY, TINT_NONE, place);
    }
    putc('\n', t->out);
}

/* How often, by whom, and how to see it again. */
static void put_evidence(const struct page *page, const struct finding *f)
{
    const struct term *t = page->t;
    char seen[64];
    char line[256];

    seen_text(f, seen, sizeof(seen));
    if (seen[0] != '\0') {
        snprintf(line, sizeof(line), "Seen in %s%s%.100s%s.%s", seen,
                 f->engine[0] != '\0' ? ", by " : "", f->engine,
                 f->others != NULL ? f->others : "",
                 f->replay[0] != '\0' ? " To see it again:" : "");
        report_paragraph(t, line);
    } else if (f->replay[0] != '\0') {
        report_paragraph(t, "To see it again:");
    }
    if (f->replay[0] != '\0' && page->ex->command != NULL) {
        report_words(t, REPORT_BODY + 2,
                     (const char *[]){page->ex->command, "--replay", f->replay,
                                      page->ex->words_after, NULL});
    } else if (f->replay[0] != '\0') {
        report_command(t,
                       report_with_submission("replay", page->ex->path, line,
                                              sizeof(line)),
                       f->replay);
    }
}

/* The schedule that led there, if it was one of ours. */
static void put_story(const struct page *page, const struct finding *f)
{
    const struct term *t = page->t;
    char line[256];

    if (f->story.count > 0) {
        snprintf(line, sizeof line,
                 "How it came about, from top to bottom (lines of %.100s):",
                 f->story.file);
        report_paragraph(t, line);
        putc('\n', t->out);
        report_story(t, &f->story, REPORT_BODY + 2, kind_name(f->kind));
        putc('\n', t->out);
    }
}

static void put_message(const struct page *page, const struct finding *f)
{
    const struct term *t = page->t;
    const char *message =
        f->message[0] != '\0' ? f->message : kind_meaning(f->kind);

    if (f->kind == KIND_BUILD_ERROR) {
        putc('\n', t->out);
        term_verbatim(t, message, COMPILER_LINES);
        putc('\n', t->out);
        return;
    }
    if (!place_is_in_stacks(f)) {
        put_its_source(page, f);
    }
    report_paragraph(t, message);
    put_parties(page, f);
    if (f->party_count + f->lock_count > 0) {
        putc('\n', t->out);
    }
    put_story(page, f);
}

/* Explain findings[lead] in full. */
static void put_finding(const struct page *page, size_t lead)
{
    const struct term *t = page->t;
    const struct finding *f = &page->ex->findings[lead];

    putc('\n', t->out);
    put_head(page, f);
    if (f->title[0] != '\0') {
        term_blanks(t, REPORT_BODY);
        term_tint(t, TINT_BOLD);
        term_wrap(t, REPORT_BODY, REPORT_BODY, f->title);
        term_tint(t, TINT_NONE);
    }
    put_message(page, f);
    report_labelled(t, "What to try:",
                    f->advice[0] != '\0' ? f->advice : kind_advice(f->kind));
    if (f->advisory) {
        report_paragraph(t, page->ex->max_score > 0
                                ? "This is advice: it costs no points."
                                : "This is advice: it does not count as an "
                                  "error.");
    }
    put_evidence(page, f);
    put_other_tests(page, lead);
    put_beside(page, lead);
}

int report_findings(const struct term *t, const struct exercise_result *ex,
                    const struct report_source *source)
{
    struct role *roles = calloc(ex->finding_count + 1, sizeof(*roles));
    const struct page page = {t, ex, source, roles};

    if (roles == NULL) {
        return ENOMEM;
    }
    fill_roles(ex, roles);
    for (size_t i = 0; i < ex->finding_count; i++) {
        if (roles[i].lead == i) {
            put_finding(&page, i);
        }
    }
    free(roles);
    return 0;
}
