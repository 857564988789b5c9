/* SPDX-License-Identifier: MIT */
/* test_report_term.c - what a student reads, compared with golden files, and
 * what must hold whatever the findings say.
 *
 * Links with report_term.c, term.c, utf8.c and kind.c. */
#include "golden.h"
#include "kind.h"
#include "report_term.h"
#include "sample_result.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* bank.c and test_bank.c, as far as the samples point at them. */
static const char *sample_line(void *ctx, const char *file, int line)
{
    static const struct {
        const char *file;
        int line;
        const char *text;
    } lines[] = {
        {"bank.c", 34, "    pthread_mutex_lock(&bank->accounts[to].lock);"},
        {"bank.c", 41, "\tbank->accounts[to].balance += amount;"},
        {"bank.c", 58,
         "        total += bank->accounts[i].balance; /* no lock: nobody will "
         "notice, will they, whatever else they may be doing? */"},
        {"test_bank.c", 52, "        int rc = pthread_join(thread, NULL);"},
        {"test_bank.c", 204, "    cr_assert_eq(bank_total(bank), 4000);"},
        {"test_bank.c", 207, "    bank_audit(bank);"},
        {"test_bank.c", 208, "    cr_assert_eq(bank_total(bank), 4000,"},
        {"test_bank.c", 209, "                 \"the total is %ld\","},
        {"test_bank.c", 210, "                 bank_total(bank));"},
    };

    (void)ctx;
    for (size_t i = 0; i < COUNT(lines); i++) {
        if (lines[i].line == line && strcmp(lines[i].file, file) == 0) {
            return lines[i].text;
        }
    }
    return NULL;
}

static const struct report_source sample_source = {sample_line, NULL};

static const struct term plain = {.utf8 = true, .width = 80};
static const struct term tty = {
    .utf8 = true, .color = true, .live = true, .width = 80};
static const struct term ascii = {.width = 80};
static const struct term narrow = {.utf8 = true, .width = 40};

/* The report of `ex` as a string, for the caller to free. */
static char *report(struct term t, const struct exercise_result *ex)
{
    char *text = NULL;
    size_t size = 0;

    t.out = open_memstream(&text, &size);
    cr_assert_eq(report_exercise(&t, ex, &sample_source), 0);
    cr_assert_eq(fclose(t.out), 0);
    return text;
}

static char *summary(struct term t, const struct result *result)
{
    char *text = NULL;
    size_t size = 0;

    t.out = open_memstream(&text, &size);
    report_summary(&t, result);
    cr_assert_eq(fclose(t.out), 0);
    return text;
}

static void check_report(const char *name, struct term t,
                         const struct exercise_result *ex)
{
    char *text = report(t, ex);

    golden_check(name, text);
    free(text);
}

static int occurrences(const char *text, const char *what)
{
    int n = 0;

    for (const char *s = text; (s = strstr(s, what)) != NULL; s++) {
        n++;
    }
    return n;
}

Test(report_term, a_race_and_a_deadlock_on_every_kind_of_terminal)
{
    struct finding findings[] = {sample_race, sample_deadlock};
    struct exercise_result ex = sample_exercise(findings, 2);

    check_report("report/plain", plain, &ex);
    check_report("report/tty", tty, &ex);
    check_report("report/ascii", ascii, &ex);
    check_report("report/narrow", narrow, &ex);
}

Test(report_term, ascii_terminals_get_only_ascii_and_no_colour)
{
    struct finding findings[] = {sample_race, sample_deadlock};
    struct exercise_result ex = sample_exercise(findings, 2);
    char *text = NULL;

    findings[0].message = "na\xC3\xAFve \xE2\x80\x98quoted\xE2\x80\x99";
    text = report(ascii, &ex);
    for (const char *s = text; *s != '\0'; s++) {
        cr_assert(*s == '\n' || (*s >= ' ' && *s <= '~'), "byte 0x%02x",
                  (unsigned)(unsigned char)*s);
    }
    cr_expect_not_null(strstr(text, "na?ve 'quoted'"));
    free(text);
}

/* Except that words are never broken, commands to be copied least of all. */
Test(report_term, lines_keep_to_forty_columns)
{
    struct finding findings[] = {sample_race, sample_deadlock};
    struct exercise_result ex = sample_exercise(findings, 2);
    char *text = report(narrow, &ex);
    char *rest = text;

    for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
        const char *first = line + strspn(line, " ");

        if (strchr(first, ' ') != NULL &&
            strstr(first, "build/threadlab") == NULL) {
            cr_expect_leq(term_columns(&narrow, line), 40, "%s", line);
        }
    }
    free(text);
}

Test(report_term, every_kind_has_its_words)
{
    struct finding findings[KIND_COUNT];
    char names[KIND_COUNT][32];
    struct exercise_result ex = sample_exercise(findings, KIND_COUNT);

    for (int k = 0; k < KIND_COUNT; k++) {
        snprintf(names[k], sizeof(names[k]), "bank/test_%d", k);
        findings[k] = (struct finding){.kind = (enum kind)k,
                                       .headline = true,
                                       .engine = "tsan",
                                       .test = names[k],
                                       .title = "what happened",
                                       .message = "",
                                       .advice = "",
                                       .file = "bank.c",
                                       .line = 100 + k,
                                       .seen = 1,
                                       .runs = 1,
                                       .replay = ""};
    }
    findings[KIND_BUILD_ERROR].test = "";
    check_report("report/kinds", plain, &ex);
}

Test(report_term, one_defect_is_explained_once_with_all_tests_it_fails)
{
    struct finding findings[] = {sample_race,     sample_race, sample_race,
                                 sample_deadlock, sample_race, sample_race};
    struct exercise_result ex = sample_exercise(findings, COUNT(findings));
    char *text = NULL;

    findings[1].test = "bank/collect_moves_everything_at_once";
    findings[1].seen = 1;
    findings[2].test = "bank/another_place";
    findings[2].line = 77;
    findings[3].headline = false; /* of the test of the race */
    findings[3].test = sample_race.test;
    findings[4].headline = false;
    findings[4].kind = KIND_MISSING_JOIN;
    findings[4].title = "T3 is never joined";
    findings[4].test = findings[1].test;
    findings[5] = findings[3]; /* the same again, in the second test */
    findings[5].test = findings[1].test;
    text = report(plain, &ex);
    golden_check("report/shared", text);
    cr_expect_eq(occurrences(text, "Both threads use the same number"), 2,
                 "one explanation for line 41, one for line 77");
    cr_expect_eq(occurrences(text, "The same defect fails:"), 1);
    cr_expect_eq(occurrences(text, "wait for each other's lock"), 1);
    free(text);
}

Test(report_term, those_who_wait_alike_are_told_once)
{
    struct frame at = {"work", "bank.c", 34};
    struct party parties[] = {
        {"T1 (work, started at bank.c:50)", "waits", {&at, 1}},
        {"T2 (work, started at bank.c:50)", "waits", {&at, 1}},
        {"main", "waits in pthread_join", {&at, 1}},
        {"T3 (work, started at bank.c:50)", "waits", {&at, 1}}};
    struct finding findings[] = {sample_deadlock};
    struct exercise_result ex = sample_exercise(findings, 1);
    char *text = NULL;

    findings[0].parties = parties;
    findings[0].party_count = COUNT(parties);
    text = report(plain, &ex);
    cr_expect_not_null(strstr(text, "T2, T3 likewise\n"), "%s", text);
    cr_expect_null(strstr(text, "T2 ("));
    cr_expect_eq(occurrences(text, "waits in pthread_join"), 1);
    free(text);
}

Test(report_term, a_test_without_a_marked_headline_is_still_explained)
{
    struct finding findings[] = {sample_race};
    struct exercise_result ex = sample_exercise(findings, 1);
    char *text = NULL;

    findings[0].headline = false;
    text = report(plain, &ex);
    cr_expect_not_null(strstr(text, "What to try:"));
    free(text);
}

Test(report_term, a_failure_without_findings_names_the_tests)
{
    struct exercise_result ex = sample_exercise(NULL, 0);
    char *text = report(plain, &ex);

    cr_expect_not_null(strstr(text, sample_race.test));
    cr_expect_null(strstr(text, "a_transfer_moves_the_amount"));
    free(text);
}

Test(report_term, an_assertion_shows_the_line_of_the_test)
{
    struct finding finding = {.kind = KIND_ASSERTION_FAILED,
                              .headline = true,
                              .engine = "criterion",
                              .test = "bank/no_money_is_lost_on_the_way",
                              .title = "the bank holds 3997 instead of 4000",
                              .message =
                                  "bank_total(bank) == 4000 does not hold:\n"
                                  "  expected  4000\n"
                                  "  actual    3997\n",
                              .advice = "",
                              .file = "test_bank.c",
                              .line = 204,
                              .seen = 3,
                              .runs = 3,
                              .replay = "",
                              .advisory = true};
    struct exercise_result ex = sample_exercise(&finding, 1);

    ex.status = EX_PASSED;
    check_report("report/assertion", plain, &ex);
}

Test(report_term, an_assertion_of_several_lines_is_shown_as_a_whole)
{
    struct finding finding = {.kind = KIND_ASSERTION_FAILED,
                              .headline = true,
                              .engine = "explore",
                              .test = "bank/no_money_is_lost_on_the_way",
                              .title = "the total is 3997",
                              .message = "The test expected something else at "
                                         "test_bank.c:210.",
                              .advice = "",
                              .file = "test_bank.c",
                              .line = 210,
                              .seen = 3,
                              .runs = 3,
                              .replay = ""};
    struct exercise_result ex = sample_exercise(&finding, 1);

    ex.status = EX_FAILED;
    check_report("report/assertion-of-several-lines", plain, &ex);
}

Test(report_term, the_compilers_text_stays_as_it_is)
{
    static const char message[] =
        "bank.c:7:5: error: call to undeclared function 'lock_both'; ISO C99 "
        "and later do not support implicit function declarations\n"
        "    7 |     lock_both(&bank->accounts[from], &bank->accounts[to]);\n"
        "      |     ^\n";
    struct finding finding = {.kind = KIND_BUILD_ERROR,
                              .headline = true,
                              .engine = "",
                              .test = "",
                              .title = "bank.c does not compile",
                              .message = message,
                              .advice = "",
                              .file = "bank.c",
                              .line = 7,
                              .replay = ""};
    struct exercise_result ex = sample_exercise(&finding, 1);
    char *text = report(narrow, &ex);

    golden_check("report/build-error", text);
    cr_expect_not_null(strstr(text, message), "it was changed");
    free(text);
}

Test(report_term, a_flood_of_compiler_errors_is_cut)
{
    char message[2001] = "";
    struct finding finding = sample_race;
    struct exercise_result ex = sample_exercise(&finding, 1);
    char *text = NULL;

    for (size_t i = 0; i + 1 < sizeof(message); i += 2) {
        memcpy(message + i, "x\n", 3);
    }
    finding.kind = KIND_BUILD_ERROR;
    finding.message = message;
    text = report(plain, &ex);
    cr_expect_eq(occurrences(text, "\nx"), 60);
    cr_expect_not_null(strstr(text, "… 940 more lines"));
    free(text);
}

Test(report_term, exercises_that_say_little_take_one_line)
{
    static const struct {
        const char *id;
        enum exercise_status status;
        double score, max;
    } rows[] = {
        {"11-start-join", EX_PASSED, 10, 10},
        {"21-counter", EX_NOT_STARTED, 0, 10},
        {"31-event", EX_ERROR, 0, 15},
        {"a-name-that-is-longer-than-the-column-for-it", EX_PASSED, 24.9999,
         25},
    };
    const struct term terms[] = {plain, ascii, narrow};
    char all[8192] = "";

    for (size_t i = 0; i < COUNT(rows) * COUNT(terms); i++) {
        size_t r = i % COUNT(rows);
        struct exercise_result ex = sample_plain(rows[r].id, rows[r].status,
                                                 rows[r].score, rows[r].max);
        char *text = NULL;

        ex.fault = "clang was not found";
        text = report(terms[i / COUNT(rows)], &ex);
        strncat(all, text, sizeof(all) - strlen(all) - 1);
        free(text);
    }
    golden_check("report/lines", all);
}

Test(report_term, the_doctor_is_for_machines_not_for_the_choice_of_engines)
{
    struct exercise_result ex = sample_plain("31-event", EX_ERROR, 0, 15);
    char *text;

    ex.fault = "clang was not found";
    text = report(plain, &ex);
    cr_expect_not_null(strstr(text, "doctor"), "%s", text);
    free(text);
    ex.fault = "nothing was run";
    ex.unjudged = true;
    text = report(plain, &ex);
    cr_expect_null(strstr(text, "doctor"), "%s", text);
    free(text);
}

/* Every string a student may have a hand in. */
Test(report_term, nothing_in_a_result_commands_the_terminal)
{
    /* clear screen; set title; 8-bit CSI, raw and as UTF-8; backspaces;
     * right-to-left override; half a character */
    static const char evil[] = "a\033[2Jb\033]0;title\007c\x9B"
                               "31md\xC2\x9B"
                               "1me\b\b\rf\xE2\x80\xAEg\xE2\x82 %n%s\x7Fh";
    static struct frame frames[] = {{evil, evil, 3}};
    static struct party parties[] = {{evil, evil, {frames, 1}}};
    static struct lock locks[] = {{evil, evil}};
    struct finding findings[2];
    struct exercise_result ex = sample_exercise(findings, 2);
    char *text = NULL;

    ex.id = ex.title = ex.path = evil;
    findings[0] = (struct finding){.kind = KIND_CRASH,
                                   .headline = true,
                                   .engine = evil,
                                   .test = evil,
                                   .title = evil,
                                   .message = evil,
                                   .advice = evil,
                                   .file = evil,
                                   .line = 3,
                                   .seen = 1,
                                   .runs = 2,
                                   .replay = evil,
                                   .parties = parties,
                                   .party_count = 1,
                                   .locks = locks,
                                   .lock_count = 1};
    findings[1] = findings[0];
    findings[1].kind = KIND_BUILD_ERROR;
    findings[1].test = "bank/other";
    text = report(plain, &ex);
    golden_check("report/escapes", text);
    for (const char *s = text; *s != '\0'; s++) {
        cr_assert(*s == '\n' || (unsigned char)*s >= ' ', "byte 0x%02x",
                  (unsigned)(unsigned char)*s);
    }
    cr_expect_null(strchr(text, '\x7F'));
    cr_expect_null(strstr(text, "\xC2\x9B"));
    cr_expect_null(strstr(text, "\xE2\x80\xAE"));
    cr_expect_null(strstr(text, "\x9B"), "a byte that is not UTF-8");
    free(text);
}

/* --- the summary --- */

static struct result sample_result(struct exercise_result *exercises,
                                   size_t count)
{
    struct result result = {.profile = "standard",
                            .isolation = "bubblewrap + seccomp",
                            .seed = 0x2a,
                            .complete = true,
                            .seconds = 42.31,
                            .exercises = exercises,
                            .exercise_count = count};

    for (size_t i = 0; i < count; i++) {
        result.score += exercises[i].score;
        result.max_score += exercises[i].max_score;
    }
    return result;
}

/* All that a summary can advise, one after the other in one golden file. */
Test(report_term, the_summary_says_what_to_do_next)
{
    static const enum exercise_status cases[][3] = {
        {EX_NOT_STARTED, EX_NOT_STARTED, EX_NOT_STARTED},
        {EX_PASSED, EX_NOT_STARTED, EX_NOT_STARTED},
        {EX_PASSED, EX_FAILED, EX_NOT_STARTED},
        {EX_PASSED, EX_ERROR, EX_PASSED},
        {EX_PASSED, EX_PASSED, EX_PASSED},
    };
    char all[8192] = "";

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct exercise_result exercises[] = {
            sample_plain("11-start-join", cases[i][0], 0, 10),
            sample_plain("21-counter", cases[i][1], 0, 10.5),
            sample_plain("25-bank-transfer", cases[i][2], 0, 25),
        };
        struct result result;
        char *text = NULL;

        for (size_t k = 0; k < COUNT(exercises); k++) {
            if (exercises[k].status == EX_PASSED) {
                exercises[k].score = exercises[k].max_score;
            }
        }
        result = sample_result(exercises, COUNT(exercises));
        text = summary(i == 2 ? narrow : plain, &result);
        strncat(all, text, sizeof(all) - strlen(all) - 1);
        free(text);
    }
    golden_check("report/summary", all);
    cr_expect_not_null(
        strstr(all, "Start with\n  exercises/11-start-join/README.md"));
}

/* The same work again: one file of one's own, or a whole folder of them. */
Test(report_term, what_to_look_at_harder_is_what_was_graded)
{
    struct exercise_result two[] = {{.id = "21-counter",
                                     .path = "work/21-counter/counter.c",
                                     .status = EX_PASSED},
                                    {.id = "22-scoped-lock",
                                     .path = "work/22-scoped-lock/guard.c",
                                     .status = EX_PASSED}};
    struct result result = sample_result(two, 1);
    char *text = summary(plain, &result);

    cr_expect_not_null(strstr(text, "grade -p thorough -s "
                                    "work/21-counter/counter.c 21-counter\n"),
                       "%s", text);
    free(text);
    result = sample_result(two, COUNT(two));
    text = summary(plain, &result);
    cr_expect_not_null(strstr(text, "grade -p thorough -s work/\n"), "%s",
                       text);
    free(text);
}

Test(report_term, the_summary_admits_that_it_is_not_complete)
{
    struct result result = sample_result(NULL, 0);
    char *text = NULL;

    result.complete = false;
    text = summary(plain, &result);
    cr_expect_not_null(strstr(text, "Not complete"));
    cr_expect_not_null(strstr(text, "Nothing graded"));
    free(text);
}
