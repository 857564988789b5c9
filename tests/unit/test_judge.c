/* SPDX-License-Identifier: MIT */
/* test_judge.c - from the evidence of a run to words, by golden files.
 *
 * tests/golden/judge/NAME.in.json is the answer of the fork server to a real
 * run of a file under solutions/ or of a case in tests/runtime/cases.c, with
 * what it needs to be understood: which address is which line ("frames":
 * address, function, file, line, column), which variables there are, the
 * source lines in question. Addresses are renumbered, 16 bytes apart. From
 * that the tests assemble a binary with just this debug information, and
 * compare the findings, as text, with NAME.expected. */
#include "cases.h"
#include "file.h"
#include "golden.h"
#include "judge.h"
#include "kind.h"
#include "proc.h"

#include <criterion/criterion.h>
#include <glob.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *str(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));

    return s != NULL ? s : "";
}

static const char *text_at(const json_t *row, size_t i)
{
    return json_string_value(json_array_get(row, i));
}

static long number_at(const json_t *row, size_t i)
{
    return (long)json_integer_value(json_array_get(row, i));
}

/* -- a binary that is nothing but debug information --------------------------
 */

static const char debug_sections[] =
    ".Lend:\n"
    ".section .debug_abbrev\n"
    ".byte 1, 0x11, 0, 0x10, 0x17, 0x11, 0x01, 0x12, 0x07, 0x03, 0x08\n"
    ".byte 0, 0, 0\n"
    ".section .debug_info\n"
    ".long 3f - 2f\n"
    "2: .short 4\n"
    ".long 0\n"
    ".byte 8, 1\n"
    ".long .Lline\n"
    ".quad .Lbegin, .Lend - .Lbegin\n"
    ".asciz \"all.c\"\n"
    "3:\n"
    ".section .debug_aranges\n"
    ".long 5f - 4f\n"
    "4: .short 2\n"
    ".long 0\n"
    ".byte 8, 0, 0, 0, 0, 0\n"
    ".quad .Lbegin, .Lend - .Lbegin, 0, 0\n"
    "5:\n"
    ".section .debug_line\n"
    ".Lline:\n";

static char *add_frames(char *s, const json_t *frames)
{
    const char *function = "";
    char *files[16];
    size_t n = 0;

    for (size_t i = 0; i < json_array_size(frames); i++) {
        const json_t *row = json_array_get(frames, i);
        const char *name = text_at(row, 2);
        size_t file = 0;
        cr_assert_eq(number_at(row, 0), 0x1000 + 16 * (long)i);
        while (file < n && strcmp(files[file], name) != 0) {
            file++;
        }
        if (file == n) {
            cr_assert_lt(n, COUNT(files));
            files[n++] = (char *)name;
            s = talloc_asprintf_append(s, ".file %zu \"%s\"\n", n, name);
        }
        if (strcmp(function, text_at(row, 1)) != 0) {
            function = text_at(row, 1);
            s = talloc_asprintf_append(s, ".type %s, @function\n%s:\n",
                                       function, function);
        }
        s = talloc_asprintf_append(
            s, ".loc %zu %ld %ld\n.rept 16; nop; .endr\n", file + 1,
            number_at(row, 3), number_at(row, 4));
    }
    return s;
}

static char *add_variables(char *s, const json_t *variables)
{
    s = talloc_strdup_append(s, ".data\n");
    for (size_t i = 0; i < json_array_size(variables); i++) {
        const json_t *row = json_array_get(variables, i);
        cr_assert_eq(number_at(row, 0), 0x100000 + 256 * (long)i);
        s = talloc_asprintf_append(
            s, ".type %s, @object\n.size %s, %ld\n%s: .skip 256\n",
            text_at(row, 1), text_at(row, 1), number_at(row, 2),
            text_at(row, 1));
    }
    return s;
}

static struct symbols *assemble(TALLOC_CTX *ctx, const json_t *in)
{
    char *dir = cases_folder(ctx);
    char *source = talloc_asprintf(ctx, "%s/test.s", dir);
    char *binary = talloc_asprintf(ctx, "%s/test", dir);
    char *s = talloc_strdup(ctx, ".text\n.Lbegin:\n");
    char *command = talloc_asprintf(
        ctx,
        "as -o %s.o %s && ld -shared -Ttext=0x1000 -Tdata=0x100000 -o %s %s.o",
        binary, source, binary, binary);
    struct symbols *symbols;

    s = add_frames(s, json_object_get(in, "frames"));
    s = talloc_strdup_append(s, debug_sections);
    s = add_variables(s, json_object_get(in, "variables"));
    cases_write(source, s);
    cr_assert_eq(system(command), 0, "%s", s);
    symbols = symbol_open(ctx, binary);
    cr_assert_not_null(symbols);
    return symbols;
}

/* The source lines of an input, each in its place. */
static char *source_text(TALLOC_CTX *ctx, const json_t *lines)
{
    char *text = talloc_strdup(ctx, "");
    const char *key;
    json_t *line;
    int at = 1;

    json_object_foreach((json_t *)lines, key, line)
    {
        for (; at < atoi(key); at++) {
            text = talloc_strdup_append_buffer(text, "\n");
        }
        text = talloc_strdup_append_buffer(text, json_string_value(line));
    }
    return text;
}

/* -- findings as text ---------------------------------------------------------
 */

static char *add_finding(char *s, const struct finding *f)
{
    s = talloc_asprintf_append(s, "%s%s at %s:%d\n  %s\n  %s\n  try: %s\n",
                               kind_name(f->kind),
                               f->advisory ? " (advisory)" : "", f->file,
                               f->line, f->title, f->message, f->advice);
    for (size_t i = 0; i < f->party_count; i++) {
        const struct party *p = &f->parties[i];
        s = talloc_asprintf_append(s, "  - %s: %s\n", p->name, p->state);
        for (size_t k = 0; k < p->stack.count; k++) {
            const struct frame *at = &p->stack.frames[k];
            s = talloc_asprintf_append(s, "      %s %s:%d\n", at->function,
                                       at->file, at->line);
        }
    }
    for (size_t i = 0; i < f->lock_count; i++) {
        s = talloc_asprintf_append(s, "  %s is %s\n", f->locks[i].name,
                                   f->locks[i].what);
    }
    for (size_t i = 0; i < f->story.count; i++) {
        const struct event *e = &f->story.events[i];
        s = talloc_asprintf_append(s, "  | %s %s %s:%d%s\n",
                                   f->story.threads[e->column], e->what,
                                   e->file, e->line, e->end ? " <-" : "");
    }
    return s;
}

static struct judge judge_for(TALLOC_CTX *ctx, const json_t *in,
                              struct symbols *symbols)
{
    struct source *sources = talloc_zero_array(ctx, struct source, 2);

    sources[0] =
        (struct source){str(in, "file"),
                        source_text(ctx, json_object_get(in, "source")), false};
    sources[1] = (struct source){
        str(in, "test_file"),
        source_text(ctx, json_object_get(in, "test_source")), true};
    return (struct judge){
        .ctx = ctx,
        .symbols = symbols,
        .binary = "/t/test",
        .sources = sources,
        .source_count = 2,
        .program = json_is_true(json_object_get(in, "program")),
        .engine = "asan",
        .test = "suite/case",
        .replay = "1.asan.1.q.1",
        .advisory_races = json_is_true(json_object_get(in, "advisory")),
        .no_mutex = json_is_true(json_object_get(in, "no_mutex"))};
}

static bool judge_input(TALLOC_CTX *ctx, const json_t *in,
                        struct symbols *symbols, struct findings *out)
{
    struct judge j = judge_for(ctx, in, symbols);
    const char *xml = str(in, "helgrind");
    struct helgrind_race *races = NULL;
    size_t n = helgrind_parse(ctx, xml, strlen(xml), &races);
    json_t *run = json_deep_copy(json_object_get(in, "run"));
    bool costs = judge_run(&j, run, races, n, out);

    json_decref(run); /* findings outlive it */
    return costs;
}

static json_t *load(const char *path)
{
    json_error_t error;
    json_t *in = json_load_file(path, 0, &error);

    cr_assert_not_null(in, "%s:%d: %s", path, error.line, error.text);
    return in;
}

static void check_golden(const char *path)
{
    TALLOC_CTX *ctx = talloc_new(NULL);
    json_t *in = load(path);
    struct findings found = {0};
    bool costs = judge_input(ctx, in, assemble(ctx, in), &found);
    char *text =
        talloc_asprintf(ctx, "%s\n", costs ? "costs points" : "costs nothing");
    char name[128];

    for (size_t i = 0; i < found.count; i++) {
        cr_expect_eq(found.list[i].seen, 1, "%s", path);
        cr_expect_str_eq(found.list[i].replay, "1.asan.1.q.1");
        text = add_finding(text, &found.list[i]);
    }
    snprintf(name, sizeof name, "%.*s",
             (int)(strlen(path) - strlen("tests/golden/") - strlen(".in.json")),
             path + strlen("tests/golden/"));
    golden_check(name, text);
    json_decref(in);
    talloc_free(ctx);
}

static void each_input(void (*fn)(const char *path))
{
    glob_t all;

    cr_assert_eq(glob("tests/golden/judge/*.in.json", 0, NULL, &all), 0);
    cr_assert_geq(all.gl_pathc, 48);
    for (size_t i = 0; i < all.gl_pathc; i++) {
        fn(all.gl_pathv[i]);
    }
    globfree(&all);
}

Test(judge, finds_what_the_golden_files_say)
{
    each_input(check_golden);
}

/* -- poor evidence ------------------------------------------------------------
 */

static void without_each_part(const char *path)
{
    TALLOC_CTX *ctx = talloc_new(NULL);
    json_t *in = load(path);
    const char *key;
    json_t *value;

    json_object_foreach(json_object_get(in, "run"), key, value)
    {
        struct findings found = {0};
        json_t *less = json_deep_copy(in);
        json_object_del(json_object_get(less, "run"), key);
        judge_input(ctx, less, NULL, &found);
        json_decref(less);
    }
    json_decref(in);
    talloc_free(ctx);
}

Test(judge, survives_missing_evidence)
{
    each_input(without_each_part);
}

Test(judge, without_debug_information_the_kind_is_still_known)
{
    static const struct {
        const char *name;
        enum kind kind;
    } rows[] = {{"deadlock", KIND_DEADLOCK},
                {"hang-broadcast", KIND_HANG},
                {"timeout-busy", KIND_BUSY_WAIT},
                {"crash-null", KIND_CRASH},
                {"crash-stack", KIND_CRASH},
                {"note-join-twice", KIND_THREAD_MISUSE}};
    TALLOC_CTX *ctx = talloc_new(NULL);

    for (size_t i = 0; i < COUNT(rows); i++) {
        char *path =
            talloc_asprintf(ctx, "tests/golden/judge/%s.in.json", rows[i].name);
        struct findings found = {0};
        json_t *in = load(path);
        cr_expect(judge_input(ctx, in, NULL, &found));
        cr_assert_geq(found.count, 1);
        cr_expect_eq(found.list[0].kind, rows[i].kind, "%s", path);
        cr_expect_eq(found.list[0].line, 0);
        json_decref(in);
    }
    talloc_free(ctx);
}

Test(judge, a_runner_that_is_gone_is_an_early_exit)
{
    TALLOC_CTX *ctx = talloc_new(NULL);
    const struct source sources[] = {{"a.c", NULL, false},
                                     {"test_a.c", NULL, true}};
    struct judge j = {.ctx = ctx,
                      .binary = "",
                      .sources = sources,
                      .source_count = 2,
                      .engine = "asan",
                      .test = "s/t",
                      .replay = "x"};
    struct findings found = {0};

    judge_gone(&j, "it ended", "", &found);
    cr_assert_eq(found.count, 1);
    cr_expect_eq(found.list[0].kind, KIND_EARLY_EXIT);
    cr_expect_str_eq(found.list[0].replay, "x");
    cr_expect_null(strstr(found.list[0].message, "last words"));
    found = (struct findings){0};
    judge_gone(&j, "it ended", "boom", &found);
    cr_expect_not_null(strstr(found.list[0].message, "last words: boom"));
    talloc_free(ctx);
}

/* -- a real binary ------------------------------------------------------------
 */

static json_t *real_run(TALLOC_CTX *ctx, const char *binary,
                        const char *command)
{
    char *argv[] = {(char *)binary, NULL};
    char *env[] = {NULL}; /* not ours: it makes the binary a Criterion box */
    struct proc_spec spec = {.argv = argv, .env = env, .fd3 = -1, .fd4 = -1};
    struct proc *p = proc_open(ctx, &spec);
    char *answer = NULL;
    json_t *run;

    cr_assert_not_null(p);
    cr_assert_eq(proc_ask(p, ctx, command, 30 * 60 * 1000, &answer), 0, "%s",
                 proc_errors(p));
    run = json_loads(answer, 0, NULL);
    cr_assert_not_null(run);
    proc_close(p);
    return run;
}

/* The number of the line in cases.c that follows the line `text`. */
static int line_after(const char *source, const char *text)
{
    const char *at = strstr(source, text);
    int line = 2;

    cr_assert_not_null(at, "no %s", text);
    for (const char *p = source; p < at; p++) {
        line += *p == '\n';
    }
    return line;
}

Test(judge, names_and_lines_come_out_of_a_real_binary)
{
    TALLOC_CTX *ctx = talloc_new(NULL);
    char *binary = cases_binary(ctx, "plain");
    struct source sources[] = {{"cases.c", NULL, false},
                               {"test_cases.c", NULL, true}};
    struct judge j = {.ctx = ctx,
                      .symbols = symbol_open(ctx, binary),
                      .binary = binary,
                      .sources = sources,
                      .source_count = 2,
                      .engine = "asan",
                      .test = "ends/self_deadlock",
                      .replay = ""};
    struct findings found = {0};
    char *source;
    json_t *run = real_run(ctx, talloc_asprintf(ctx, "./%s", binary),
                           "run 5000 0 0 1 ends/self_deadlock\n");
    const struct finding *f;
    int line;

    cr_assert_eq(file_read(ctx, "tests/runtime/cases.c", &source, NULL), 0);
    sources[0].text = source;
    line = line_after(source, "Test(ends, self_deadlock)") + 2;
    cr_assert(judge_run(&j, run, NULL, 0, &found));
    cr_assert_eq(found.count, 1);
    f = &found.list[0];
    cr_expect_eq(f->kind, KIND_DEADLOCK);
    cr_expect_str_eq(f->file, "cases.c");
    cr_expect_eq(f->line, line, "%d instead of %d", f->line, line);
    cr_assert_eq(f->lock_count, 1);
    cr_expect_not_null(strstr(f->locks[0].what, "main took as `a`"), "%s",
                       f->locks[0].what);
    cr_assert_eq(f->party_count, 1);
    cr_assert_geq(f->parties[0].stack.count, 1);
    cr_expect_eq(f->parties[0].stack.frames[0].line, line);
    json_decref(run);
    talloc_free(ctx);
}

/* -- adding up ----------------------------------------------------------------
 */

static struct finding sample(enum kind kind, const char *file, int line)
{
    return (struct finding){.kind = kind,
                            .engine = "tsan",
                            .test = "s/t",
                            .title = "",
                            .message = "",
                            .advice = "",
                            .file = file,
                            .line = line,
                            .seen = 1,
                            .runs = 1,
                            .replay = "first"};
}

Test(judge, equal_findings_are_counted_not_repeated)
{
    TALLOC_CTX *ctx = talloc_new(NULL);
    struct findings all = {0};
    struct finding f = sample(KIND_DATA_RACE, "bank.c", 7);

    findings_add(ctx, &all, &f);
    f.replay = "second";
    findings_add(ctx, &all, &f);
    cr_assert_eq(all.count, 1);
    cr_expect_eq(all.list[0].seen, 2);
    cr_expect_str_eq(all.list[0].replay, "first");
    talloc_free(ctx);
}

Test(judge, findings_that_differ_stay_apart)
{
    TALLOC_CTX *ctx = talloc_new(NULL);
    struct findings all = {0};
    struct finding f[6];

    for (size_t i = 0; i < COUNT(f); i++) {
        f[i] = sample(KIND_DATA_RACE, "bank.c", 7);
    }
    f[1].kind = KIND_MEMORY_ERROR;
    f[2].file = "bank2.c";
    f[3].line = 8;
    f[4].test = "s/u";
    f[5].engine = "helgrind";
    for (size_t i = 0; i < COUNT(f); i++) {
        findings_add(ctx, &all, &f[i]);
    }
    cr_expect_eq(all.count, COUNT(f));
    for (size_t i = 0; i < all.count; i++) {
        cr_expect_eq(all.list[i].seen, 1);
    }
    talloc_free(ctx);
}

Test(judge, a_finding_counts_once_for_each_run_it_is_seen_in)
{
    TALLOC_CTX *ctx = talloc_new(NULL);
    json_t *in = load("tests/golden/judge/note-join-self.in.json");
    json_t *notes = json_object_get(json_object_get(in, "run"), "notes");
    struct findings all = {0};

    json_array_append_new(notes, json_deep_copy(json_array_get(notes, 0)));
    judge_input(ctx, in, NULL, &all);
    cr_assert_eq(all.count, 1);
    cr_expect_eq(all.list[0].seen, 1, "the same thing twice in one run");
    judge_input(ctx, in, NULL, &all);
    cr_expect_eq(all.list[0].seen, 2, "and in a second run");
    json_decref(in);
    talloc_free(ctx);
}

Test(judge, source_lines_lose_their_indentation)
{
    static const char text[] = "one\n\t  two(x);\r\n\nfour";
    TALLOC_CTX *ctx = talloc_new(NULL);

    cr_expect_str_eq(source_line(ctx, text, 1), "one");
    cr_expect_str_eq(source_line(ctx, text, 2), "two(x);");
    cr_expect_str_eq(source_line(ctx, text, 3), "");
    cr_expect_str_eq(source_line(ctx, text, 4), "four");
    cr_expect_null(source_line(ctx, text, 5));
    cr_expect_null(source_line(ctx, text, 0));
    cr_expect_null(source_line(ctx, text, -1));
    cr_expect_null(source_line(ctx, NULL, 1));
    talloc_free(ctx);
}
