/* SPDX-License-Identifier: MIT */
/* report_term.c - the terminal report: how each exercise went, and all of them.
 */
#include "report_term.h"
#include "report_finding.h"
#include "report_parts.h"

#include <math.h>
#include <string.h>

enum { WIDE = 64 }; /* from here on, columns line up */

static const struct {
    enum glyph glyph;
    enum tint tint;
    const char *word;
} statuses[] = {
    [EX_PASSED] = {GLYPH_PASSED, TINT_GOOD, "passed"},
    [EX_FAILED] = {GLYPH_FAILED, TINT_BAD, "failed"},
    [EX_NOT_STARTED] = {GLYPH_NOT_STARTED, TINT_DIM, "not started"},
    [EX_ERROR] = {GLYPH_ERROR, TINT_NOTE, "could not be graded"},
};

/* Points as people write them: 8, 8.5, 8.33. Rounds down, so that nearly
 * full marks never read as full marks. */
static void points_text(double points, char *out, size_t size)
{
    double cents = floor(points * 100 + 1e-6);

    if (!isfinite(cents)) {
        cents = 0;
    }
    snprintf(out, size, "%.10g", cents / 100);
}

static void score_text(double score, double max_score, char *out, size_t size)
{
    char got[32];
    char of[32];

    points_text(score, got, sizeof(got));
    points_text(max_score, of, sizeof(of));
    snprintf(out, size, "%s/%s", got, of);
}

/* --- one exercise --- */

static size_t failed_tests(const struct exercise_result *ex)
{
    size_t failed = 0;

    for (size_t i = 0; i < ex->test_count; i++) {
        failed += ex->tests[i].status == TEST_FAILED ? 1 : 0;
    }
    return failed;
}

/* "failed, 3 of 7 tests" */
static void status_text(const struct exercise_result *ex, char *out,
                        size_t size)
{
    if (ex->status == EX_FAILED && ex->test_count > 0 && ex->max_score > 0) {
        snprintf(out, size, "%s, %zu of %zu test%s", statuses[EX_FAILED].word,
                 failed_tests(ex), ex->test_count,
                 report_plural((long)ex->test_count));
    } else {
        snprintf(out, size, "%s", statuses[ex->status].word);
    }
}

/* "✗ 25-bank-transfer   8/25  failed, 3 of 7 tests  12.4 s" */
static void put_exercise_line(const struct term *t,
                              const struct exercise_result *ex)
{
    bool wide = t->width >= WIDE;
    int column = t->utf8 ? 2 : 5;
    const char *mark = term_glyph(t, statuses[ex->status].glyph);
    char score[80];
    char padded[80];
    char text[80];

    report_colored(t, statuses[ex->status].tint, mark);
    term_blanks(t, column - term_columns(t, mark));
    report_colored(t, TINT_BOLD, ex->id);
    column += term_columns(t, ex->id);
    if (wide && column < 26) {
        term_blanks(t, 26 - column);
        column = 26;
    }
    if (ex->max_score > 0) {
        score_text(ex->score, ex->max_score, score, sizeof(score));
        snprintf(padded, sizeof(padded), "%*s", wide ? 7 : 0, score);
        column = report_piece(t, column, REPORT_BODY, TINT_NONE, padded);
    }
    status_text(ex, text, sizeof(text));
    column =
        report_piece(t, column, REPORT_BODY, statuses[ex->status].tint, text);
    if (ex->status != EX_NOT_STARTED) {
        snprintf(text, sizeof(text), "%.1f s", ex->seconds);
        report_piece(t, column, REPORT_BODY, TINT_DIM, text);
    }
    putc('\n', t->out);
}

/* A failed exercise without findings: at least say which tests failed. */
static void put_failed_tests(const struct term *t,
                             const struct exercise_result *ex)
{
    for (size_t i = 0; i < ex->test_count; i++) {
        if (ex->tests[i].status == TEST_FAILED) {
            term_blanks(t, REPORT_INDENT);
            term_put(t, ex->tests[i].name);
            fputs(" failed\n", t->out);
        }
    }
}

/* "bank/total_is_kept is complete: 312 schedules, at most 1 preemption, no
 * spurious wake-ups". One, or all without a preemption, is nothing to boast of.
 */
static void put_proofs(const struct term *t, const struct exercise_result *ex)
{
    for (size_t i = 0; i < ex->test_count && ex->status == EX_PASSED; i++) {
        const struct proof *p = &ex->tests[i].proof;
        char bound[80] = "";
        char text[256];
        if (!p->complete || p->preemptions == 0 || p->schedules < 2) {
            continue;
        }
        if (p->preemptions > 0) {
            snprintf(bound, sizeof(bound), " at most %d preemption%s,",
                     p->preemptions, report_plural(p->preemptions));
        }
        snprintf(text, sizeof(text),
                 "%s is complete: %ld schedules,%s no spurious wake-ups%s%s",
                 ex->tests[i].name, p->schedules, bound,
                 p->no_older_values ? ", no older values of atomics" : "",
                 p->no_weak_failures ? ", no weak failures" : "");
        term_blanks(t, REPORT_INDENT);
        term_tint(t, TINT_DIM);
        term_wrap(t, REPORT_INDENT, REPORT_BODY, text);
        term_tint(t, TINT_NONE);
    }
}

/* Something is amiss with the machine or the kit. */
static bool is_amiss(const struct exercise_result *ex)
{
    return ex->status == EX_ERROR && !ex->interrupted && !ex->unjudged;
}

int report_exercise(const struct term *t, const struct exercise_result *ex,
                    const struct report_source *source)
{
    int rc;

    put_exercise_line(t, ex);
    put_proofs(t, ex);
    if (ex->status == EX_ERROR) {
        report_paragraph(t, ex->fault);
    }
    if (is_amiss(ex)) {
        report_paragraph(t, "This is not the fault of your program. To find "
                            "out what is missing:");
        report_command(t, "doctor", "");
    }
    rc = report_findings(t, ex, source);
    if (ex->status == EX_FAILED && ex->finding_count == 0) {
        put_failed_tests(t, ex);
    }
    if (ex->finding_count > 0 || ex->status == EX_ERROR) {
        putc('\n', t->out);
    }
    return rc;
}

/* --- the summary --- */

/* The first exercise with this status, or NULL. */
static const struct exercise_result *first_with(const struct result *result,
                                                enum exercise_status status)
{
    for (size_t i = 0; i < result->exercise_count; i++) {
        if (result->exercises[i].status == status) {
            return &result->exercises[i];
        }
    }
    return NULL;
}

static bool any_amiss(const struct result *result)
{
    for (size_t i = 0; i < result->exercise_count; i++) {
        if (is_amiss(&result->exercises[i])) {
            return true;
        }
    }
    return false;
}

/* "5 passed, 2 failed, 1 not started", then the time it took. */
static void put_counts(const struct term *t, const struct result *result)
{
    long counts[] = {[EX_PASSED] = 0, [EX_ERROR] = 0};
    const char *separator = "";
    char text[256];
    size_t used = 0;

    for (size_t i = 0; i < result->exercise_count; i++) {
        counts[result->exercises[i].status]++;
    }
    text[0] = '\0';
    for (size_t s = 0; s < sizeof(counts) / sizeof(counts[0]); s++) {
        if (counts[s] > 0) {
            used +=
                (size_t)snprintf(text + used, sizeof(text) - used, "%s%ld %s",
                                 separator, counts[s], statuses[s].word);
            separator = ", ";
        }
    }
    snprintf(text + used, sizeof(text) - used, "%s in %.1f s.",
             used > 0 ? "" : "Nothing graded", result->seconds);
    term_wrap(t, 0, 0, text);
}

static void put_next(const struct term *t, const char *before, const char *what)
{
    term_wrap(t, 0, 0, before);
    term_blanks(t, 2);
    report_colored(t, TINT_BOLD, what);
    putc('\n', t->out);
}

/* To grade once more what passed: the one exercise, or the whole folder that
 * they are in. */
static void put_look_harder(const struct term *t, const struct result *result,
                            const struct exercise_result *passed)
{
    bool one = result->exercise_count == 1;
    const char *folder = strstr(passed->path, passed->id);
    char path[512], command[640], what[768];

    snprintf(path, sizeof path, "%.*s",
             one || folder == NULL ? (int)strlen(passed->path)
                                   : (int)(folder - passed->path),
             passed->path);
    snprintf(what, sizeof what, REPORT_PROGRAM " %.640s%s%.100s",
             report_with_submission("grade -p thorough", path, command,
                                    sizeof command),
             one ? " " : "", one ? passed->id : "");
    put_next(t,
             "All pass. To look harder for what luck may have hidden:", what);
}

/* What to do next: mend what is broken, then start what is not started. */
static void put_what_next(const struct term *t, const struct result *result)
{
    const struct exercise_result *failed = first_with(result, EX_FAILED);
    const struct exercise_result *fresh = first_with(result, EX_NOT_STARTED);
    const struct exercise_result *passed = first_with(result, EX_PASSED);
    char what[512];

    if (failed != NULL) {
        snprintf(what, sizeof(what), REPORT_PROGRAM " hint %.200s", failed->id);
        put_next(t, "Stuck? A hint for the first one that fails:", what);
    } else if (fresh != NULL) {
        snprintf(what, sizeof(what), "exercises/%.200s/README.md", fresh->id);
        put_next(t, passed != NULL ? "Next:" : "Start with", what);
    } else if (passed != NULL && first_with(result, EX_ERROR) == NULL &&
               strcmp(result->profile, "thorough") != 0) {
        put_look_harder(t, result, passed);
    }
}

void report_summary(const struct term *t, const struct result *result)
{
    char score[80];
    char line[512];

    putc('\n', t->out);
    score_text(result->score, result->max_score, score, sizeof(score));
    snprintf(line, sizeof(line), "Score %s", score);
    report_colored(t, TINT_BOLD, line);
    putc('\n', t->out);
    put_counts(t, result);
    snprintf(line, sizeof(line),
             "Profile %.60s, seed 0x%lx, isolation: %.200s.", result->profile,
             result->seed, result->isolation);
    term_wrap(t, 0, 0, line);
    if (!result->complete) {
        report_colored(t, TINT_BAD, "Not complete: the grading was cut short.");
        putc('\n', t->out);
    }
    if (result->complete && any_amiss(result)) {
        put_next(t,
                 "Some could not be graded, which no program of yours has "
                 "caused. To find out why:",
                 REPORT_PROGRAM " doctor");
    }
    put_what_next(t, result);
}

/* What was done, so that "passed" is not taken for more than it is. */
void report_program(const struct term *t, const struct result *result)
{
    const struct exercise_result *ex = &result->exercises[0];
    char text[512] = "Looked at";
    const char *separator = " ";
    size_t used = strlen(text);
    int cut_off = 0;

    for (size_t i = 0; i < ex->engine_count; i++) {
        const struct engine_result *e = &ex->engines[i];
        cut_off += e->cut_off;
        if (e->runs > 0 && used < sizeof(text)) {
            used += (size_t)snprintf(text + used, sizeof(text) - used,
                                     "%s%d run%s by %s", separator, e->runs,
                                     report_plural(e->runs), e->name);
            separator = ", ";
        }
    }
    if (ex->status == EX_PASSED || ex->status == EX_FAILED) {
        used += (size_t)snprintf(text + used, sizeof(text) - used,
                                 ". Seed 0x%lx.", result->seed);
        if (cut_off > 0 && used < sizeof(text)) {
            snprintf(text + used, sizeof(text) - used,
                     " %d of the runs took too long and %s cut off: to give "
                     "the program less to do would show more.",
                     cut_off, cut_off == 1 ? "was" : "were");
        }
        if (separator[0] == ',') {
            term_wrap(t, 0, 0, text);
        }
    }
    if (ex->status == EX_PASSED) {
        bool all = ex->test_count > 0 && ex->tests[0].proof.complete &&
                   ex->tests[0].proof.preemptions < 0;
        snprintf(text, sizeof(text), "%sone of them went wrong. %s",
                 ex->finding_count > 0 ? "Apart from that advice n" : "N",
                 all ? "docs/what-is-proved.md says what that means; to look "
                       "harder:"
                     : "That is no proof; to look harder:");
        term_wrap(t, 0, 0, text);
        report_words(t, 2,
                     (const char *[]){ex->command, "--profile thorough",
                                      ex->words_after, NULL});
    }
    if (!result->complete) {
        report_colored(t, TINT_BAD, "Not complete: the check was cut short.");
        putc('\n', t->out);
    }
}
