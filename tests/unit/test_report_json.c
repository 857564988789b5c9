/* SPDX-License-Identifier: MIT */
/* test_report_json.c - the result file: its text, compared with a golden file
 * and with its schema, and how it gets to the disk.
 *
 * Links with report_json.c, utf8.c and kind.c. */
#include "golden.h"
#include "kind.h"
#include "report_json.h"
#include "sample_result.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <talloc.h>
#include <unistd.h>

static struct result sample_result(struct exercise_result *exercises,
                                   size_t count)
{
    return (struct result){.version = "1.0",
                           .clang = "14.0.6",
                           .valgrind = "3.19.0",
                           .criterion = "2.4.1",
                           .profile = "standard",
                           .isolation = "bubblewrap + seccomp",
                           .seed = 0x2a,
                           .complete = true,
                           .score = 25.0 / 3,
                           .max_score = 35,
                           .seconds = 12.1234567,
                           .exercises = exercises,
                           .exercise_count = count};
}

static char *slurp(const char *path)
{
    char *text = calloc(1, 65536);
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    cr_assert_geq(fd, 0, "no %s", path);
    cr_assert_geq(read(fd, text, 65535), 0);
    close(fd);
    return text;
}

/* Run tests/json-schema.sh on this text; returns its exit status. */
static int schema_verdict(const char *json)
{
    char path[] = "/tmp/test-report-XXXXXX";
    char command[128];
    int fd = mkstemp(path);
    int status = 0;

    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, json, strlen(json)), (ssize_t)strlen(json));
    close(fd);
    snprintf(command, sizeof(command), "tests/json-schema.sh %s", path);
    status = system(command);
    unlink(path);
    cr_assert(WIFEXITED(status));
    cr_assert_neq(WEXITSTATUS(status), 2, "the schema cannot be checked");
    return WEXITSTATUS(status);
}

static json_t *parse(const struct result *result)
{
    char *text = report_json_text(NULL, result);
    json_error_t error;
    json_t *json = NULL;

    cr_assert_not_null(text);
    json = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    cr_assert_not_null(json, "%s", error.text);
    talloc_free(text);
    return json;
}

Test(report_json, the_text_is_format_1)
{
    struct finding findings[] = {sample_race, sample_deadlock};
    struct exercise_result exercises[] = {
        sample_exercise(findings, 2),
        sample_plain("31-event", EX_NOT_STARTED, 0, 10),
        sample_plain("15-daemon", EX_ERROR, 0, 10),
        sample_plain("11-start-join", EX_PASSED, 10, 10),
    };
    struct result result = sample_result(exercises, COUNT(exercises));
    char *text = NULL;

    exercises[2].fault = "clang was not found";
    text = report_json_text(NULL, &result);
    golden_check("report/json", text);
    cr_expect_eq(schema_verdict(text), 0);
    talloc_free(text);
}

Test(report_json, the_schema_knows_every_kind_and_no_other)
{
    struct finding findings[KIND_COUNT];
    struct exercise_result ex = sample_exercise(findings, KIND_COUNT);
    struct result result = sample_result(&ex, 1);
    json_t *schema = json_load_file("docs/result.schema.json", 0, NULL);
    json_t *kinds = NULL;
    char *text = NULL;

    for (int k = 0; k < KIND_COUNT; k++) {
        findings[k] = sample_race;
        findings[k].kind = (enum kind)k;
    }
    text = report_json_text(NULL, &result);
    cr_expect_eq(schema_verdict(text), 0);
    talloc_free(text);

    cr_assert_not_null(schema);
    cr_assert_eq(json_unpack(schema, "{s:{s:{s:{s:{s:o}}}}}", "$defs",
                             "finding", "properties", "kind", "enum", &kinds),
                 0);
    cr_assert_eq(json_array_size(kinds), KIND_COUNT);
    for (size_t k = 0; k < KIND_COUNT; k++) {
        cr_expect_str_eq(json_string_value(json_array_get(kinds, k)),
                         kind_name((enum kind)k));
    }
    json_decref(schema);
}

/* What validates the tests above must be able to say no. */
Test(report_json, the_schema_refuses_what_is_not_format_1)
{
    static const struct {
        const char *before, *after;
    } changes[] = {
        {"\"format\": 1", "\"format\": 2"},
        {"\"seed\": \"0x2a\"", "\"seed\": 42"},
        {"\"complete\": true", "\"complete\": false"}, /* with a score */
        {"\"complete\": true", "\"complete\": true, \"extra\": 1"},
        {"\"status\": \"failed\"", "\"status\": \"not sure\""},
        {"\"kind\": \"data-race\"", "\"kind\": \"race\""},
        {"\"seen\": \"12/40\"", "\"seen\": \"often\""},
        {"\"replay\"", "\"again\""},
        {"\"score\": 8.333333", "\"score\": NaN"},
    };
    struct exercise_result ex = sample_exercise(&sample_race, 1);
    struct result result = sample_result(&ex, 1);
    char *text = report_json_text(NULL, &result);

    for (size_t i = 0; i < COUNT(changes); i++) {
        char *at = strstr(text, changes[i].before);
        char *changed = NULL;

        cr_assert_not_null(at, "no %s", changes[i].before);
        changed =
            talloc_asprintf(NULL, "%.*s%s%s", (int)(at - text), text,
                            changes[i].after, at + strlen(changes[i].before));
        cr_expect_eq(schema_verdict(changed), 1, "%s", changes[i].after);
        talloc_free(changed);
    }
    talloc_free(text);
}

Test(report_json, the_manual_explains_every_kind_and_field)
{
    char *manual = slurp("docs/results.md");
    struct exercise_result ex = sample_exercise(&sample_race, 1);
    struct result result = sample_result(&ex, 1);
    json_t *json = parse(&result);
    json_t *finding = NULL;
    json_t *value = NULL;
    const char *key = NULL;

    for (int k = 0; k < KIND_COUNT; k++) {
        char *row =
            talloc_asprintf(NULL, "| `%s` | %s |", kind_name((enum kind)k),
                            kind_meaning((enum kind)k));
        cr_expect_not_null(strstr(manual, row), "docs/results.md: %s", row);
        talloc_free(row);
    }
    cr_assert_eq(
        json_unpack(json, "{s:[{s:[o]}]}", "exercises", "findings", &finding),
        0);
    json_object_foreach(finding, key, value)
    {
        char *word = talloc_asprintf(NULL, "`%s`", key);
        cr_expect_not_null(strstr(manual, word), "docs/results.md: %s", word);
        talloc_free(word);
    }
    json_decref(json);
    free(manual);
}

Test(report_json, numbers_are_short_and_never_nan)
{
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        {0, "0"},
        {25, "25"},
        {0.1, "0.1"},
        {25.0 / 3, "8.333333"},
        {123456.7891234, "123456.789123"},
        {-0.0000001, "0"},
        {NAN, "0"},
        {INFINITY, "0"},
        {-INFINITY, "0"},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct result result = sample_result(NULL, 0);
        char expected[64];
        char *text = NULL;

        result.seconds = cases[i].value;
        text = report_json_text(NULL, &result);
        snprintf(expected, sizeof(expected), "\"seconds\": %s,\n",
                 cases[i].text);
        cr_expect_not_null(strstr(text, expected), "no %s in %s", expected,
                           text);
        talloc_free(text);
    }
}

Test(report_json, foreign_bytes_become_replacement_characters)
{
    static const struct {
        const char *raw, *clean;
    } cases[] = {
        {"plain", "plain"},
        {"\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80",
         "\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80"},
        {"a\xFF"
         "b",
         "a\xEF\xBF\xBD"
         "b"},
        {"\xE2\x82", "\xEF\xBF\xBD\xEF\xBF\xBD"},
        {"\xC0\x80\xED\xA0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"
                                 "\xEF\xBF\xBD\xEF\xBF\xBD"},
        {"\033[2J\"\\", "\033[2J\"\\"},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct result result = sample_result(NULL, 0);
        const char *back = NULL;
        json_t *json = NULL;

        result.isolation = cases[i].raw;
        json = parse(&result);
        cr_assert_eq(json_unpack(json, "{s:s}", "isolation", &back), 0);
        cr_expect_str_eq(back, cases[i].clean, "case %zu: %s", i, back);
        json_decref(json);
    }
}

Test(report_json, nothing_scores_before_it_is_complete)
{
    struct result result = sample_result(NULL, 0);
    char *text = NULL;

    result.complete = false;
    text = report_json_text(NULL, &result);
    cr_expect_not_null(strstr(text, "\"score\": 0,"));
    cr_expect_not_null(strstr(text, "\"complete\": false"));
    cr_expect_eq(schema_verdict(text), 0);
    talloc_free(text);
}

/* --- the file --- */

/* A new empty directory. */
static void make_dir(char path[64])
{
    strcpy(path, "/tmp/test-report-XXXXXX");
    cr_assert_not_null(mkdtemp(path));
}

/* How many files are in `path`? */
static int count_files(const char *path)
{
    DIR *dir = opendir(path);
    int n = 0;

    cr_assert_not_null(dir);
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        n += entry->d_name[0] != '.';
    }
    closedir(dir);
    return n;
}

static void expect_file(const char *path, const struct result *result)
{
    char *expected = report_json_text(NULL, result);
    char *actual = slurp(path);

    cr_expect_str_eq(actual, expected);
    talloc_free(expected);
    free(actual);
}

Test(report_json, the_file_is_replaced_and_nothing_is_left_behind)
{
    struct result result = sample_result(NULL, 0);
    char dir[64];
    char path[128];
    struct stat before;
    struct stat after;

    make_dir(dir);
    snprintf(path, sizeof(path), "%s/result.json", dir);
    umask(027);
    result.complete = false;
    cr_assert_eq(report_json_write(path, &result), 0);
    expect_file(path, &result);
    cr_assert_eq(stat(path, &before), 0);
    cr_expect_eq(before.st_mode & 0777, 0640, "the umask counts");
    result.complete = true;
    cr_assert_eq(report_json_write(path, &result), 0);
    expect_file(path, &result);
    cr_assert_eq(stat(path, &after), 0);
    cr_expect_neq(before.st_ino, after.st_ino, "it was written in place");
    cr_expect_eq(count_files(dir), 1);
    unlink(path);
    rmdir(dir);
}

/* Devices are reached through links of our own: if report_json_write should
 * ever replace what it must write to, it is not the machine that breaks. */
Test(report_json, a_failure_is_reported_and_leaves_nothing)
{
    struct result result = sample_result(NULL, 0);
    const struct rlimit tiny = {16, RLIM_INFINITY};
    char dir[64];
    char path[128];

    make_dir(dir);
    snprintf(path, sizeof(path), "%s/missing/result.json", dir);
    cr_expect_eq(report_json_write(path, &result), ENOENT);
    cr_expect_eq(report_json_write(dir, &result), EISDIR);
    snprintf(path, sizeof(path), "%s/full", dir);
    cr_assert_eq(symlink("/dev/full", path), 0);
    cr_expect_eq(report_json_write(path, &result), ENOSPC);
    unlink(path);

    /* A file that may not grow: what was written of it goes away again. */
    snprintf(path, sizeof(path), "%s/result.json", dir);
    signal(SIGXFSZ, SIG_IGN);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &tiny), 0);
    cr_expect_eq(report_json_write(path, &result), EFBIG);
    cr_expect_eq(count_files(dir), 0);
    rmdir(dir);
}

Test(report_json, a_link_is_written_through)
{
    struct result result = sample_result(NULL, 0);
    char dir[64];
    char target[128];
    char link[128];
    struct stat st;

    make_dir(dir);
    snprintf(target, sizeof(target), "%s/target", dir);
    snprintf(link, sizeof(link), "%s/link", dir);
    close(open(target, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    cr_assert_eq(symlink(target, link), 0);
    cr_assert_eq(report_json_write(link, &result), 0);
    expect_file(target, &result);
    cr_assert_eq(lstat(link, &st), 0);
    cr_expect(S_ISLNK(st.st_mode));
    unlink(target);
    unlink(link);
    rmdir(dir);
}

Test(report_json, a_dash_means_standard_output)
{
    struct result result = sample_result(NULL, 0);
    char path[] = "/tmp/test-report-XXXXXX";
    int fd = mkstemp(path);
    int saved = dup(STDOUT_FILENO);

    fflush(stdout);
    cr_assert_geq(dup2(fd, STDOUT_FILENO), 0);
    cr_expect_eq(report_json_write("-", &result), 0);
    dup2(saved, STDOUT_FILENO);
    expect_file(path, &result);
    close(saved);
    close(fd);
    unlink(path);
}
