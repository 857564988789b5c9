/* SPDX-License-Identifier: MIT */
/* test_memory.c - what the flavour `explore` says about memory: races by
 * happens-before, blocks that are used after free, and values that only C11's
 * memory model explains. The programs are those of
 * tests/runtime/memory_cases.c; a row here says what has to come of one. */
#include "cases.h"
#include "file.h"
#include "server.h"
#include "symbol.h"

#include <criterion/criterion.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum { SCHEDULES = 400 };

/* -- the conversation --------------------------------------------------------
 */

static json_t *explore_from(struct server *s, int seed, const char *name)
{
    char line[256];

    snprintf(line, sizeof line, "explore 5000 0 0 %d 0 %d %s\n", SCHEDULES,
             seed, name);
    return ask(s, line);
}

static json_t *explore(struct server *s, const char *name)
{
    return explore_from(s, 1, name);
}

static json_t *replay(struct server *s, const char *schedule, const char *name)
{
    char *line = talloc_asprintf(s->ctx, "replay 5000 %s %s\n", schedule, name);

    return ask(s, line);
}

static bool failed(const json_t *r)
{
    const json_t *explored = json_object_get(r, "explored");

    cr_assert(json_is_boolean(json_object_get(explored, "failed")));
    return json_is_true(json_object_get(explored, "failed"));
}

static const char *message(const json_t *r)
{
    return str(json_object_get(r, "failure"), "message");
}

static const char *first(const json_t *r, const char *list, const char *key)
{
    return length(r, list) > 0 ? str(item(r, list, 0), key) : "none";
}

/* -- the source --------------------------------------------------------------
 */

struct source {
    struct symbols *symbols;
    char *text;
};

static struct source source_of(struct server *s)
{
    struct source src = {.symbols = symbol_open(s->ctx, s->binary)};

    cr_assert_not_null(src.symbols);
    cr_assert_eq(
        file_read(s->ctx, "tests/runtime/memory_cases.c", &src.text, NULL), 0);
    return src;
}

/* The text of the line that the stack `key` of `o` begins in, blanks left out
 * at both ends; on `ctx`. */
static char *line_of(TALLOC_CTX *ctx, const struct source *src, const json_t *o,
                     const char *key)
{
    const json_t *pc = item(o, key, 0);
    struct frame at =
        symbol_frame(src->symbols, (uint64_t)json_integer_value(pc), NULL);
    const char *p = src->text;

    cr_assert_str_eq(at.file, "memory_cases.c");
    for (int i = 1; i < at.line; i++) {
        p = strchr(p, '\n') + 1;
    }
    p += strspn(p, " ");
    return talloc_strndup(ctx, p, strcspn(p, "\n"));
}

/* -- right programs ----------------------------------------------------------
 */

Test(memory, right_programs_are_silent)
{
    struct server s = server_start("memory_cases", "explore");
    json_t *list = ask(&s, "list\n");
    size_t tried = 0;

    for (size_t i = 0; i < length(list, "cases"); i++) {
        const char *name = str(item(list, "cases", (long)i), "name");
        json_t *r;
        if (strncmp(name, "ok/", 3) != 0) {
            continue;
        }
        r = explore(&s, name);
        cr_expect_not(failed(r), "%s: %s, report %s, note %s, \"%s\", under %s",
                      name, str(r, "end"), first(r, "reports", "what"),
                      first(r, "notes", "kind"), message(r),
                      str(r, "schedule"));
        json_decref(r);
        tried++;
    }
    cr_expect_geq(tried, 70);
    json_decref(list);
    server_close(&s);
}

/* The cases of test_runtime.c, where every access is looked at. */
Test(memory, other_right_programs_are_silent)
{
    struct server s = server_start("cases", "explore");
    json_t *list = ask(&s, "list\n");

    for (size_t i = 0; i < length(list, "cases"); i++) {
        const char *name = str(item(list, "cases", (long)i), "name");
        json_t *r;
        if (strncmp(name, "ok/", 3) == 0) {
            char line[256];
            snprintf(line, sizeof line, "explore 5000 0 0 60 0 1 %s\n", name);
            r = ask(&s, line);
            cr_expect_not(failed(r), "%s: %s, report %s, \"%s\", under %s",
                          name, str(r, "end"), first(r, "reports", "what"),
                          message(r), str(r, "schedule"));
            json_decref(r);
        }
    }
    json_decref(list);
    server_close(&s);
}

/* -- races -------------------------------------------------------------------
 */

/* One thread uses the text `to`, the other one changes its first letter. */
#define TEXT_RACE(name, use)                                                   \
    {                                                                          \
        "race/" name "_unlocked", "data-race", "global", "to",                 \
            {"USES_TEXT(" name ", " use ")", "to[0] = 'a';"}, {1, 2}, "", NULL \
    }

static const struct race {
    const char *name, *what, *where;
    const char *variable;  /* global only */
    const char *lines[2];  /* the text of the two, in any order */
    int threads[2];        /* in ascending order */
    const char *locks;     /* that either side holds, in order of name */
    const char *allocated; /* heap only: the text of that line */
} races[] = {
    {"race/no_lock_on_one_side",
     "data-race",
     "global",
     "x",
     {"x++;", "seen = x; /* unlocked */"},
     {1, 2},
     "a",
     NULL},
    {"race/two_different_locks",
     "data-race",
     "global",
     "x",
     {"x += 1; /* under a */", "x += 2; /* under b */"},
     {1, 2},
     "a b",
     NULL},
    {"race/writer_under_a_read_lock",
     "data-race",
     "global",
     "x",
     {"x = 4; /* as a reader */", "seen = x; /* as a reader */"},
     {1, 2},
     "rw",
     NULL},
    {"race/failed_trylock_goes_on",
     "data-race",
     "global",
     "x",
     {"x += 3; /* taken or not */", "x += 1; /* under a */"},
     {1, 2},
     "a",
     NULL},
    {"race/written_after_the_unlock",
     "data-race",
     "global",
     "x",
     {"x = 5; /* after the unlock */", "x += 1; /* under a */"},
     {1, 2},
     "a",
     NULL},
    {"race/posted_too_early",
     "data-race",
     "global",
     "x",
     {"x = 1; /* after the post */", "seen = x;"},
     {1, 2},
     "*",
     NULL},
    {"race/both_after_the_barrier",
     "data-race",
     "global",
     "x",
     {"x = 6; /* after the barrier */", "y = x; /* after it, too */"},
     {1, 2},
     "",
     NULL},
    {"race/looked_before_once",
     "data-race",
     "global",
     "x",
     {"if (x == 0) { /* before once */", "x++;"},
     {1, 2},
     "",
     NULL},
    {"race/read_before_the_join",
     "data-race",
     "global",
     "x",
     {"x = 7; /* by a thread */", "seen = x; /* by main */"},
     {0, 1},
     "",
     NULL},
    {"race/written_after_the_create",
     "data-race",
     "global",
     "x",
     {"seen = x; /* unlocked */", "x = 8; /* by main */"},
     {0, 1},
     "",
     NULL},
    {"race/on_the_creators_stack",
     "data-race",
     "stack",
     NULL,
     {"*(int *)arg = 9;", "local++; /* on main's stack */"},
     {0, 1},
     "",
     NULL},
    {"race/on_a_stack_used_again",
     "data-race",
     "stack",
     NULL,
     {"*(int *)arg = 9;", "local++; /* on a stack that was used before */"},
     {2, 3},
     "",
     NULL},
    {"race/in_a_destructor",
     "data-race",
     "global",
     "x",
     {"*(int *)value += 2;", "x = 10; /* while it is destroyed */"},
     {0, 1},
     "",
     NULL},
    {"race/relaxed_store",
     "data-race",
     "global",
     "x",
     {"x = 11; /* published relaxed */", "seen = x; /* acquired */"},
     {1, 2},
     "",
     NULL},
    {"race/relaxed_load",
     "data-race",
     "global",
     "x",
     {"x = 12; /* released */", "seen = x; /* not acquired */"},
     {1, 2},
     "",
     NULL},
    {"race/fence_after_the_store",
     "data-race",
     "global",
     "x",
     {"x = 13; /* before the late fence */", "seen = x; /* acquired */"},
     {1, 2},
     "",
     NULL},
    {"race/fence_before_the_load",
     "data-race",
     "global",
     "x",
     {"x = 12; /* released */", "seen = x; /* fenced too early */"},
     {1, 2},
     "",
     NULL},
    {"race/release_sequence_cut",
     "data-race",
     "global",
     "x",
     {"x = 12; /* released */", "seen = x; /* from another's store */"},
     {2, 3},
     "",
     NULL},
    {"race/acquired_from_another_object",
     "data-race",
     "global",
     "x",
     {"x = 12; /* released */", "seen = x; /* after another object */"},
     {1, 2},
     "",
     NULL},
    {"race/atomic_on_one_side",
     "data-race",
     "global",
     "sometimes_atomic",
     {"__atomic_fetch_add(&sometimes_atomic, 1, __ATOMIC_SEQ_CST);",
      "sometimes_atomic++;"},
     {1, 2},
     "",
     NULL},
    {"race/volatile_is_no_atomic",
     "data-race",
     "global",
     "stop",
     {"stop = 1;", "seen = stop;"},
     {1, 2},
     "",
     NULL},
    {"race/memcpy_unlocked",
     "data-race",
     "global",
     "to",
     {"memcpy(to, from, sizeof to / 2 + (arg == NULL));",
      "memset(to, 1, sizeof to / 2 + (arg == NULL));"},
     {1, 2},
     "a",
     NULL},
    TEXT_RACE("print", "snprintf(to, sizeof to, \"%d\", x)"),
    TEXT_RACE("old_print", "sprintf(to, \"%d\", x)"),
    TEXT_RACE("compare", "seen = memcmp(to, from, 4)"),
    TEXT_RACE("compare_some", "seen = strncmp(to, from, 4)"),
    TEXT_RACE("find", "seen = strchr(to, 'z') != NULL"),
    TEXT_RACE("find_byte", "seen = memchr(to, 'z', 4) != NULL"),
    TEXT_RACE("copy_some", "strncpy(to, from, 4)"),
    TEXT_RACE("append", "strcat(to, \"b\")"),
    TEXT_RACE("duplicate", "free(strdup(to))"),
    TEXT_RACE("read", "seen = read(end_of_pipe(0), to, 4) == 4"),
    TEXT_RACE("scatter", "seen = readv(end_of_pipe(0), PARTS(to), 1) == 4"),
    TEXT_RACE("receive", "seen = recv(full_socket(), to, 4, 0) == 4"),
    TEXT_RACE("count", "seen = eventfd_read(eventfd(1, 0), (void *)to)"),
    TEXT_RACE("write", "seen = write(end_of_pipe(1), to, 4) == 4"),
    TEXT_RACE("gather", "seen = writev(end_of_pipe(1), PARTS(to), 1) == 4"),
    TEXT_RACE("send", "seen = send(full_socket(), to, 4, 0) == 4"),
    TEXT_RACE("poll", "seen = poll((void *)to, 1, 0)"),
    TEXT_RACE("end_child", "seen = waitpid(child(), (void *)to, 0) > 0"),
    TEXT_RACE("look_at_clock", "clock_gettime(CLOCK_REALTIME, (void *)to)"),
    TEXT_RACE("look_at_time", "gettimeofday((void *)to, NULL)"),
    TEXT_RACE("open_pipe", "seen = pipe((void *)to)"),
    TEXT_RACE("count_permits", "seen = sem_getvalue(&sem, (void *)to)"),
    TEXT_RACE("read_file",
              "seen = fread(to, 1, 4, fdopen(end_of_pipe(0), \"r\")) == 4"),
    TEXT_RACE("write_file", "seen = fwrite(to, 1, 4, stderr) == 4"),
    {"race/strtok_in_two_threads",
     "data-race",
     "library",
     NULL,
     {"seen = strtok(text, \" \") != NULL;",
      "seen = strtok(text, \" \") != NULL;"},
     {1, 2},
     "",
     NULL},
    {"race/two_times_in_one_place",
     "data-race",
     "library",
     NULL,
     {"seen = localtime(&now)->tm_hour;", "seen = asctime(gmtime(&now))[0];"},
     {1, 2},
     "",
     NULL},
    {"race/text_unlocked",
     "data-race",
     "global",
     "*",
     {"seen = (int)strlen(to);", "to[3] = '\\0';"},
     {1, 2},
     "",
     NULL},
    {"race/bit_fields_together",
     "data-race",
     "global",
     "together",
     {"together.one = 1;", "together.two = 2;"},
     {1, 2},
     "",
     NULL},
    {"race/last_byte_of_an_unaligned_one",
     "data-race",
     "global",
     "*",
     {"odd.value = 6; /* all eight bytes */", "((char *)&odd.value)[7] = 1;"},
     {1, 2},
     "",
     NULL},
    {"race/in_a_block",
     "data-race",
     "heap",
     NULL,
     {"block[2] = 1;", "seen = block[2];"},
     {1, 2},
     "",
     "block = malloc(10 * sizeof *block);"},
    {"race/freed_while_in_use",
     "race-with-free",
     "heap",
     NULL,
     {"seen = block[2];", "free(block);"},
     {1, 2},
     "",
     "block = calloc(10, sizeof *block);"},
    {"race/moved_while_in_use",
     "race-with-free",
     "heap",
     NULL,
     {"seen = p[2];", "block = realloc(block, 4000);"},
     {1, 2},
     "",
     "block = calloc(10, sizeof *block);"},
};

/* The names of the locks in both lists, in order, with a blank between. */
static char *locks_of(TALLOC_CTX *ctx, const struct source *src,
                      const json_t *r, const json_t *report)
{
    static const char *const lists[] = {"locks", "held"};
    char *names[16], *all = talloc_strdup(ctx, "");
    size_t n = 0, at;

    for (size_t l = 0; l < 2; l++) {
        for (size_t i = 0; i < length(report, lists[l]); i++) {
            long id = (long)json_integer_value(item(report, lists[l], (long)i));
            const char *name = symbol_variable(
                src->symbols, (uint64_t)num(item(r, "objects", id), "symbol"));
            cr_assert_not_null(name);
            for (at = 0; at < n && strcmp(names[at], name) < 0; at++) {
            }
            if (at < n && strcmp(names[at], name) == 0) {
                continue;
            }
            memmove(&names[at + 1], &names[at], (n++ - at) * sizeof names[0]);
            names[at] = talloc_strdup(ctx, name);
        }
    }
    for (size_t i = 0; i < n; i++) {
        all = talloc_asprintf_append(all, "%s%s", i > 0 ? " " : "", names[i]);
    }
    return all;
}

static void expect_place(const struct race *w, const struct source *src,
                         const json_t *report, TALLOC_CTX *ctx)
{
    cr_expect_str_eq(str(report, "where"), w->where, "%s: on the %s", w->name,
                     str(report, "where"));
    if (w->variable != NULL && w->variable[0] != '*') {
        cr_expect_str_eq(
            symbol_variable(src->symbols, (uint64_t)num(report, "symbol")),
            w->variable, "%s", w->name);
    }
    if (w->allocated != NULL) {
        cr_expect_str_eq(line_of(ctx, src, report, "allocated"), w->allocated,
                         "%s", w->name);
        cr_expect_eq(num(report, "size"), 40, "%s", w->name);
    }
}

static void expect_race(struct server *s, const struct source *src,
                        const struct race *w)
{
    TALLOC_CTX *ctx = talloc_new(s->ctx);
    json_t *r = explore(s, w->name);
    const json_t *report = item(r, "reports", 0);
    const char *lines[2], *locks = locks_of(ctx, src, r, report);
    long threads[2];

    cr_expect(failed(r), "%s", w->name);
    cr_expect_eq(length(r, "reports"), 1, "%s", w->name);
    cr_expect_str_eq(str(report, "what"), w->what, "%s", w->name);
    cr_assert_eq(length(report, "accesses"), 2, "%s", w->name);
    for (long i = 0; i < 2; i++) {
        const json_t *a = item(report, "accesses", i);
        lines[i] = line_of(ctx, src, a, "at");
        threads[i] = num(a, "thread");
    }
    cr_expect((strcmp(lines[0], w->lines[0]) == 0 &&
               strcmp(lines[1], w->lines[1]) == 0) ||
                  (strcmp(lines[0], w->lines[1]) == 0 &&
                   strcmp(lines[1], w->lines[0]) == 0),
              "%s: between \"%s\" and \"%s\"", w->name, lines[0], lines[1]);
    cr_expect((threads[0] == w->threads[0] && threads[1] == w->threads[1]) ||
                  (threads[0] == w->threads[1] && threads[1] == w->threads[0]),
              "%s: threads %ld and %ld", w->name, threads[0], threads[1]);
    if (w->locks[0] != '*') {
        cr_expect_str_eq(locks, w->locks, "%s: locks \"%s\"", w->name, locks);
    }
    expect_place(w, src, report, ctx);
    json_decref(r);
    talloc_free(ctx);
}

Test(memory, races_are_reported_with_both_ends)
{
    struct server s = server_start("memory_cases", "explore");
    struct source src = source_of(&s);

    for (size_t i = 0; i < COUNT(races); i++) {
        expect_race(&s, &src, &races[i]);
    }
    server_close(&s);
}

/* Every case that a table is for is in it. */
Test(memory, no_case_is_left_out)
{
    struct server s = server_start("memory_cases", "explore");
    json_t *list = ask(&s, "list\n");
    size_t there = 0;

    for (size_t i = 0; i < length(list, "cases"); i++) {
        const char *name = str(item(list, "cases", (long)i), "name");
        there += strncmp(name, "race/", 5) == 0;
    }
    cr_expect_eq(there, COUNT(races));
    json_decref(list);
    server_close(&s);
}

/* -- blocks ------------------------------------------------------------------
 */

static const struct {
    const char *name, *kind;
    long thread, other; /* that does it; that freed or allocated the block */
    const char *line, *before;
} blocks[] = {
    {"heap/used_after_free", "use-after-free", 0, 0, "block[2] = 1;",
     "free(block);"},
    {"heap/used_after_write_and_free", "use-after-free", 0, 0,
     "seen = block[2];", "free(block);"},
    {"heap/used_after_a_threads_free", "use-after-free", 0, 1,
     "seen = block[2];", "free(block);"},
    {"heap/copied_after_free", "use-after-free", 0, 0,
     "memcpy(to, block, 10 * sizeof *block + (size_t)x);", "free(block);"},
    {"heap/duplicated_after_free", "use-after-free", 0, 0,
     "free(strdup(text));", "free(text);"},
    {"heap/used_after_realloc", "use-after-free", 0, 0, "seen = before[1];",
     "block = realloc(before, 400000);"},
    {"heap/freed_twice", "freed-twice", 0, 0, "free(block);", "free(block);"},
    {"heap/freed_by_two", "freed-twice", 2, 1, "free(block);", "free(block);"},
    {"heap/moved_after_free", "freed-twice", 0, 0,
     "block = realloc(block, 400);", "free(block);"},
    {"heap/written_past_the_end", "beside-block", 0, 0, "bytes[13 + x] = 1;",
     "bytes = malloc(13);"},
    {"heap/read_before_the_start", "beside-block", 0, 0, "seen = bytes[x - 1];",
     "bytes = malloc(13);"},
    {"heap/copied_past_the_end", "beside-block", 0, 0,
     "memset(bytes, 0, strlen(bytes) + 2);",
     "bytes = strdup(\"no room for more\");"},
    {"heap/local_of_the_starter", "use-after-return", 1, 0,
     "seen = *(int *)arg;", "int local = 7; /* gone when this returns */"},
    {"heap/local_of_a_thread", "use-after-return", 0, 1,
     "seen = *(int *)result;", "int local = 8; /* gone when the thread is */"},
};

Test(memory, misused_blocks_are_noted)
{
    struct server s = server_start("memory_cases", "explore");
    struct source src = source_of(&s);

    for (size_t i = 0; i < COUNT(blocks); i++) {
        const char *name = blocks[i].name;
        json_t *r = explore(&s, name);
        const json_t *note = item(r, "notes", 0);
        cr_expect_str_eq(str(r, "end"), "failed", "%s", name);
        cr_expect_eq(length(r, "notes"), 1, "%s", name);
        cr_expect_str_eq(str(note, "kind"), blocks[i].kind, "%s: %s", name,
                         str(note, "kind"));
        cr_expect_eq(num(note, "thread"), blocks[i].thread, "%s", name);
        cr_expect_eq(num(note, "other"), blocks[i].other, "%s", name);
        cr_expect_str_eq(line_of(s.ctx, &src, note, "at"), blocks[i].line, "%s",
                         name);
        cr_expect_str_eq(line_of(s.ctx, &src, note, "also"), blocks[i].before,
                         "%s", name);
        cr_expect_eq(length(r, "reports"), 0, "%s", name);
        json_decref(r);
    }
    server_close(&s);
}

/* -- values ------------------------------------------------------------------
 */

static bool story_has(const json_t *r, const char *op)
{
    const json_t *step;
    size_t i;

    json_array_foreach(json_object_get(r, "story"), i, step)
    {
        if (strcmp(json_string_value(json_array_get(step, 1)), op) == 0) {
            return true;
        }
    }
    return false;
}

static const struct {
    const char *name, *op;
} values[] = {
    {"value/message_passed_relaxed", "stale"},
    {"value/stores_buffered", "stale"},
    {"value/readers_disagree", "stale"},
    {"value/weak_exchange_tried_once", "weak-failed"},
    {"value/weak_exchange_by_main_alone", "weak-failed"},
};

Test(memory, values_that_c11_allows_are_tried)
{
    struct server s = server_start("memory_cases", "explore");

    for (size_t i = 0; i < COUNT(values); i++) {
        json_t *r = explore(&s, values[i].name);
        cr_expect_str_eq(str(r, "end"), "failed", "%s: %s", values[i].name,
                         str(r, "end"));
        cr_expect_eq(length(r, "reports"), 0, "%s", values[i].name);
        cr_expect(story_has(r, values[i].op), "%s", values[i].name);
        json_decref(r);
    }
    server_close(&s);
}

/* Whoever loads an old value on the way is not to blame for what fails without
 * it as well. */
Test(memory, an_old_value_that_is_innocent_is_not_shown)
{
    const char *name = "order/additions_lost_and_old_values_around";
    struct server s = server_start("memory_cases", "explore");
    int found = 0;

    for (int seed = 1; seed <= 20; seed++) {
        json_t *r = explore_from(&s, seed, name);
        found += failed(r);
        cr_expect_not(story_has(r, "stale"), "seed %d: under %s", seed,
                      str(r, "schedule"));
        json_decref(r);
    }
    cr_expect_gt(found, 10, "%d", found);
    server_close(&s);
}

/* T1 wakes up for no reason while T2 has the mutex, and is told before it gets
 * it: it has not taken a wake-up for a signal. */
Test(memory, a_wake_up_before_a_broadcast_is_innocent)
{
    static const char *const schedules[] = {"c2-2-2-1001", "c2-3-1-1001"};
    struct server s = server_start("memory_cases", "explore");

    for (size_t i = 0; i < COUNT(schedules); i++) {
        json_t *r = replay(&s, schedules[i], "order/a_look_that_comes_late");
        cr_expect_str_eq(str(r, "end"), "failed", "%s", schedules[i]);
        cr_expect_str_eq(str(r, "schedule"), schedules[i]);
        cr_expect_eq(length(r, "notes"), 0, "%s: %s", schedules[i],
                     first(r, "notes", "kind"));
        json_decref(r);
    }
    server_close(&s);
}

/* Whether somebody took a wake-up that nobody sent for what it waited for. */
static bool misses_a_loop(const json_t *r)
{
    const json_t *n;
    size_t i;

    json_array_foreach(json_object_get(r, "notes"), i, n)
    {
        if (strcmp(str(n, "kind"), "spurious") == 0 &&
            !json_is_true(json_object_get(n, "loops"))) {
            return true;
        }
    }
    return false;
}

static const struct {
    const char *name;
    bool misses;
} waits[] = {{"order/taken_under_an_if", true},
             {"order/a_look_that_comes_late", false}};

/* Whatever schedule it fails under first, and only if there is no loop. */
Test(memory, a_wait_that_is_in_no_loop_is_shown_for_what_it_is)
{
    struct server s = server_start("memory_cases", "explore");

    for (int seed = 1; seed <= 20; seed++) {
        for (size_t i = 0; i < COUNT(waits); i++) {
            json_t *r = explore_from(&s, seed, waits[i].name);
            cr_expect(failed(r), "%s, seed %d", waits[i].name, seed);
            cr_expect_eq(misses_a_loop(r), waits[i].misses, "%s, seed %d: %s",
                         waits[i].name, seed, str(r, "schedule"));
            json_decref(r);
        }
    }
    server_close(&s);
}

/* -- what a race leads to ----------------------------------------------------
 */

static const char *const both[] = {"both/plus_plus_in_two_threads",
                                   "both/check_then_act"};

Test(memory, a_race_and_what_it_leads_to_are_in_one_run)
{
    struct server s = server_start("memory_cases", "explore");

    for (size_t i = 0; i < COUNT(both); i++) {
        json_t *r = explore(&s, both[i]);
        json_t *again = replay(&s, str(r, "schedule"), both[i]);
        cr_expect_str_eq(str(r, "end"), "failed", "%s: %s", both[i],
                         str(r, "end"));
        cr_expect_str_eq(first(r, "reports", "what"), "data-race", "%s",
                         both[i]);
        cr_expect_str_neq(message(r), "", "%s", both[i]);
        cr_expect(json_equal(json_object_get(r, "story"),
                             json_object_get(again, "story")),
                  "%s: another story under %s", both[i], str(r, "schedule"));
        json_decref(again);
        json_decref(r);
    }
    server_close(&s);
}
