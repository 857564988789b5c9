/* SPDX-License-Identifier: MIT */
/* test_calls.c - whether what the wrapped calls record leads to the student's
 * lines, whatever name a call goes by.
 *
 * Speaks to the server of tests/runtime/cases.c as test_runtime.c does. */
#include "server.h"
#include "symbol.h"

#include <criterion/criterion.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* -- circles -----------------------------------------------------------------
 */

static struct frame frame_at(struct symbols *symbols, const json_t *pc)
{
    return symbol_frame(symbols, (uint64_t)json_integer_value(pc), NULL);
}

static const struct {
    const char *name, *state, *type;
    int lines; /* from where it was taken to where it is waited for */
} circles[] = {
    {"ends/self_deadlock", "mutex", "mutex", 1},
    {"ends/spin_lock_taken_twice", "mutex", "mutex", 1},
    {"ends/c11_deadlock", "mutex", "mutex", 1},
    {"ends/once_inside_itself", "once", "once", -5},
};

static void expect_circle(struct server *s, struct symbols *symbols, size_t i,
                          const char *command)
{
    char *line = talloc_asprintf(s->ctx, "%s %s\n", command, circles[i].name);
    json_t *r = ask(s, line);
    const json_t *o = item(r, "objects", 0);
    const json_t *t = item(r, "threads", 0);
    struct frame took = frame_at(symbols, json_object_get(o, "acquired"));
    struct frame first = frame_at(symbols, json_object_get(o, "first"));
    struct frame waits = frame_at(symbols, item(t, "stack", 0));

    cr_expect_str_eq(str(r, "end"), "deadlock", "%s: %s", line, str(r, "end"));
    cr_expect_str_eq(str(t, "state"), circles[i].state, "%s", line);
    cr_expect_str_eq(str(o, "type"), circles[i].type, "%s", line);
    cr_expect_str_eq(took.file, "cases.c", "%s: %s", line, took.file);
    cr_expect_str_eq(first.file, "cases.c", "%s: %s", line, first.file);
    cr_expect_str_eq(waits.file, "cases.c", "%s: %s", line, waits.file);
    cr_expect_eq(waits.line - took.line, circles[i].lines,
                 "%staken in line %d, waited for in line %d", line, took.line,
                 waits.line);
    json_decref(r);
}

Test(calls, a_circle_of_one_is_told_by_the_lines_of_the_student)
{
    struct server s = server_open("plain");
    struct symbols *symbols = symbol_open(s.ctx, s.binary);

    for (size_t i = 0; i < COUNT(circles); i++) {
        expect_circle(&s, symbols, i, "run 5000 0 0 1");
        expect_circle(&s, symbols, i, "explore 5000 0 0 1 0 1");
    }
    server_close(&s);
}

/* -- misuse ------------------------------------------------------------------
 */

static const struct {
    const char *name, *kind, *word;
} notes[] = {
    {"notes/spin_unlock_not_held", "unlock-not-held", "pthread_spin_unlock"},
    {"notes/c11_unlock_not_held", "unlock-not-held", "mtx_unlock"},
    {"notes/c11_join_twice", "join-twice", "thrd_join"},
};

Test(calls, misuse_is_told_in_the_words_of_the_student)
{
    struct server s = server_open("plain");
    struct symbols *symbols = symbol_open(s.ctx, s.binary);

    for (size_t i = 0; i < COUNT(notes); i++) {
        json_t *r = ask(
            &s, talloc_asprintf(s.ctx, "run 5000 0 0 1 %s\n", notes[i].name));
        const json_t *note = item(r, "notes", 0);
        struct frame at = frame_at(symbols, item(note, "at", 0));
        cr_expect_str_eq(str(note, "kind"), notes[i].kind, "%s", notes[i].name);
        cr_expect_str_eq(str(note, "word"), notes[i].word, "%s", notes[i].name);
        cr_expect_str_eq(at.file, "cases.c", "%s: %s", notes[i].name, at.file);
        json_decref(r);
    }
    server_close(&s);
}

/* -- races -------------------------------------------------------------------
 */

/* What the C11 names order, TSan must take for ordered; what they do not, it
 * must still report. */
Test(calls, tsan_finds_a_race_between_c11_threads)
{
    struct server s = server_open("tsan");
    bool found = false;

    /* Where the threads run one after the other, TSan may have forgotten. */
    for (int i = 0; i < 20 && !found; i++) {
        json_t *r = ask(&s, "run 5000 0 0 1 tools/c11_race\n");
        found = length(r, "reports") > 0 &&
                strcmp(str(item(r, "reports", 0), "what"), "data-race") == 0;
        json_decref(r);
    }
    cr_expect(found);
    server_close(&s);
}
