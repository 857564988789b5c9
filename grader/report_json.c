/* SPDX-License-Identifier: MIT */
/* report_json.c - builds the whole document with jansson, then writes it.
 *
 * One json_pack call per struct of result.h, so that its fields read like a
 * table. json_pack takes over the values it is given, and returns NULL when
 * one of them is NULL: running out of memory anywhere makes the whole NULL.
 * (The empty comments keep clang-format from joining two fields.) */
#include "report_json.h"

#include "kind.h"
#include "utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <talloc.h>
#include <unistd.h>

enum { FORMAT = 1 };

static const char *const test_status_names[] = {
    [TEST_PASSED] = "passed",
    [TEST_FAILED] = "failed",
    [TEST_SKIPPED] = "skipped",
};

static const char *const exercise_status_names[] = {
    [EX_PASSED] = "passed",
    [EX_FAILED] = "failed",
    [EX_NOT_STARTED] = "not-started",
    [EX_ERROR] = "error",
};

/* --- values --- */

/* `s` as JSON, with U+FFFD for each byte that is not UTF-8. */
static json_t *text(const char *s)
{
    static const char replacement[] = "\xEF\xBF\xBD";
    size_t room = 3 * strlen(s) + 1; /* if every byte were replaced */
    char *clean = malloc(room);
    size_t used = 0;
    json_t *value = NULL;

    if (clean == NULL) {
        return NULL;
    }
    while (*s != '\0') {
        uint32_t c = 0;
        size_t n = utf8_next(s, &c);
        bool bad = c == UTF8_REPLACEMENT;

        memcpy(clean + used, bad ? replacement : s, bad ? 3 : n);
        used += bad ? 3 : n;
        s += n;
    }
    value = json_stringn(clean, used);
    free(clean);
    return value;
}

/* `x` with at most 6 decimals; 0 for what is not a number. */
static json_t *number(double x)
{
    double rounded = round(x * 1e6) / 1e6;

    if (!isfinite(rounded)) {
        return json_integer(0);
    }
    if (fabs(rounded) < 1e15 && rounded == trunc(rounded)) {
        return json_integer((json_int_t)rounded);
    }
    return json_real(rounded);
}

/* Append `item` to `array`, taking it over. Returns `array`, or NULL (and
 * frees it) if there is no memory; NULL arguments give NULL. */
static json_t *append(json_t *array, json_t *item)
{
    if (array == NULL) {
        json_decref(item);
        return NULL;
    }
    if (json_array_append_new(array, item) != 0) {
        json_decref(array);
        return NULL;
    }
    return array;
}

/* --- the structs of result.h --- */

static json_t *stack_json(const struct stack *stack)
{
    json_t *array = json_array();

    for (size_t i = 0; i < stack->count; i++) {
        const struct frame *frame = &stack->frames[i];

        array = append(array, json_pack("{s:o, s:o, s:i}",                 //
                                        "function", text(frame->function), //
                                        "file", text(frame->file),         //
                                        "line", frame->line));
    }
    return array;
}

static json_t *story_json(const struct story *s)
{
    json_t *array = json_array();

    for (size_t i = 0; i < s->count; i++) {
        const struct event *e = &s->events[i];

        array = append(array,
                       json_pack("{s:o, s:o, s:o, s:i, s:i}",           //
                                 "thread", text(s->threads[e->column]), //
                                 "what", text(e->what),                 //
                                 "file", text(e->file),                 //
                                 "line", e->line, "skipped", e->skipped));
    }
    return array;
}

static json_t *threads_json(const struct finding *f)
{
    json_t *array = json_array();

    for (size_t i = 0; i < f->party_count; i++) {
        const struct party *party = &f->parties[i];

        array = append(array, json_pack("{s:o, s:o, s:o}",           //
                                        "name", text(party->name),   //
                                        "state", text(party->state), //
                                        "stack", stack_json(&party->stack)));
    }
    return array;
}

static json_t *locks_json(const struct finding *f)
{
    json_t *array = json_array();

    for (size_t i = 0; i < f->lock_count; i++) {
        array = append(array, json_pack("{s:o, s:o}",                   //
                                        "name", text(f->locks[i].name), //
                                        "what", text(f->locks[i].what)));
    }
    return array;
}

static json_t *finding_json(const struct finding *f)
{
    char seen[32];

    snprintf(seen, sizeof(seen), "%d/%d", f->seen, f->runs);
    return json_pack("{s:s, s:b, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:i, "
                     "s:s, s:o, s:o, s:o, s:o}",
                     "kind", kind_name(f->kind),  //
                     "headline", f->headline,     //
                     "advisory", f->advisory,     //
                     "engine", text(f->engine),   //
                     "test", text(f->test),       //
                     "title", text(f->title),     //
                     "message", text(f->message), //
                     "advice", text(f->advice),   //
                     "file", text(f->file),       //
                     "line", f->line,             //
                     "seen", seen,                //
                     "replay", text(f->replay),   //
                     "threads", threads_json(f),  //
                     "locks", locks_json(f),      //
                     "story", story_json(&f->story));
}

static json_t *findings_json(const struct exercise_result *ex)
{
    json_t *array = json_array();

    for (size_t i = 0; i < ex->finding_count; i++) {
        array = append(array, finding_json(&ex->findings[i]));
    }
    return array;
}

/* null unless all schedules were seen. */
static json_t *proof_json(const struct proof *p)
{
    if (!p->complete) {
        return json_null();
    }
    return json_pack("{s:I, s:o, s:b, s:b}",                //
                     "schedules", (json_int_t)p->schedules, //
                     "preemptions",
                     p->preemptions < 0 ? json_null()
                                        : json_integer(p->preemptions),
                     "no_older_values", p->no_older_values, //
                     "no_weak_failures", p->no_weak_failures);
}

static json_t *tests_json(const struct exercise_result *ex)
{
    json_t *array = json_array();

    for (size_t i = 0; i < ex->test_count; i++) {
        const struct test_result *test = &ex->tests[i];

        array = append(array,
                       json_pack("{s:o, s:s, s:o, s:o, s:o}",               //
                                 "name", text(test->name),                  //
                                 "status", test_status_names[test->status], //
                                 "score", number(test->score),              //
                                 "max_score", number(test->max_score),      //
                                 "complete", proof_json(&test->proof)));
    }
    return array;
}

static json_t *engines_json(const struct exercise_result *ex)
{
    json_t *array = json_array();

    for (size_t i = 0; i < ex->engine_count; i++) {
        const struct engine_result *engine = &ex->engines[i];

        array = append(array,
                       json_pack("{s:o, s:s, s:i, s:i, s:o}",                 //
                                 "name", text(engine->name),                  //
                                 "status", test_status_names[engine->status], //
                                 "runs", engine->runs,                        //
                                 "failed_runs", engine->failed_runs,          //
                                 "seconds", number(engine->seconds)));
    }
    return array;
}

static json_t *exercise_json(const struct exercise_result *ex)
{
    return json_pack("{s:o, s:o, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
                     "id", text(ex->id),                          //
                     "title", text(ex->title),                    //
                     "path", text(ex->path),                      //
                     "status", exercise_status_names[ex->status], //
                     "fault", text(ex->fault),                    //
                     "score", number(ex->score),                  //
                     "max_score", number(ex->max_score),          //
                     "seconds", number(ex->seconds),              //
                     "tests", tests_json(ex),                     //
                     "engines", engines_json(ex),                 //
                     "findings", findings_json(ex));
}

static json_t *exercises_json(const struct result *result)
{
    json_t *array = json_array();

    for (size_t i = 0; i < result->exercise_count; i++) {
        array = append(array, exercise_json(&result->exercises[i]));
    }
    return array;
}

static json_t *kit_json(const struct result *result)
{
    return json_pack("{s:o, s:o, s:o, s:o}",             //
                     "version", text(result->version),   //
                     "clang", text(result->clang),       //
                     "valgrind", text(result->valgrind), //
                     "criterion", text(result->criterion));
}

static json_t *result_json(const struct result *result)
{
    /* Nobody who overlooks "complete" shall take half a score for a score. */
    double score = result->complete ? result->score : 0;
    char seed[32];

    snprintf(seed, sizeof(seed), "0x%lx", result->seed);
    return json_pack("{s:i, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:b, s:o}",
                     "format", FORMAT,                       //
                     "kit", kit_json(result),                //
                     "seed", seed,                           //
                     "profile", text(result->profile),       //
                     "isolation", text(result->isolation),   //
                     "score", number(score),                 //
                     "max_score", number(result->max_score), //
                     "seconds", number(result->seconds),     //
                     "complete", result->complete,           //
                     "exercises", exercises_json(result));
}

char *report_json_text(const void *ctx, const struct result *result)
{
    /* 15 digits are as many as a double keeps, so 0.1 stays 0.1. */
    const size_t flags =
        JSON_INDENT(2) | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(15);
    json_t *document = result_json(result);
    char *dump = document != NULL ? json_dumps(document, flags) : NULL;
    char *out = dump != NULL ? talloc_asprintf(ctx, "%s\n", dump) : NULL;

    free(dump);
    json_decref(document);
    return out;
}

/* --- the file --- */

static int write_all(int fd, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t n = write(fd, data, size);

        if (n >= 0) {
            data += n;
            size -= (size_t)n;
        } else if (errno != EINTR) {
            return errno;
        }
    }
    return 0;
}

static int write_in_place(const char *path, const char *json)
{
    int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
    int rc = 0;

    if (fd < 0) {
        return errno;
    }
    rc = write_all(fd, json, strlen(json));
    if (close(fd) != 0 && rc == 0) {
        rc = errno;
    }
    return rc;
}

/* Create a file of our own next to `path`. mkstemp would do, but its files
 * ignore the umask, and teachers share results. */
static int create_temp(const void *ctx, const char *path, char **out_name,
                       int *out_fd)
{
    for (int i = 0; i < 100; i++) {
        char *name =
            talloc_asprintf(ctx, "%s.%ld-%d.tmp", path, (long)getpid(), i);
        int fd = -1;

        if (name == NULL) {
            return ENOMEM;
        }
        fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd >= 0) {
            *out_name = name;
            *out_fd = fd;
            return 0;
        }
        if (errno != EEXIST) {
            return errno;
        }
    }
    return EEXIST;
}

/* Make the rename itself survive a crash. Where a directory cannot be synced
 * the file is there all the same, so this cannot fail. */
static void sync_directory(const void *ctx, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = ".";
    int fd = -1;

    if (slash != NULL) { /* with the slash, so that "/x" gives "/" */
        name = talloc_strndup(ctx, path, (size_t)(slash - path) + 1);
    }
    if (name != NULL) {
        fd = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    }
    if (fd >= 0) {
        (void)fsync(fd);
        close(fd);
    }
}

static int replace(const void *ctx, const char *path, const char *json)
{
    char *temp = NULL;
    int fd = -1;
    int rc = create_temp(ctx, path, &temp, &fd);

    if (rc != 0) {
        return rc;
    }
    rc = write_all(fd, json, strlen(json));
    if (rc == 0 && fsync(fd) != 0) {
        rc = errno;
    }
    if (close(fd) != 0 && rc == 0) {
        rc = errno;
    }
    if (rc == 0 && rename(temp, path) != 0) {
        rc = errno;
    }
    if (rc != 0) {
        unlink(temp);
        return rc;
    }
    sync_directory(ctx, path);
    return 0;
}

int report_json_write(const char *path, const struct result *result)
{
    TALLOC_CTX *ctx = talloc_new(NULL);
    char *json = ctx != NULL ? report_json_text(ctx, result) : NULL;
    struct stat st;
    int rc = 0;

    if (json == NULL) {
        rc = ENOMEM;
    } else if (strcmp(path, "-") == 0) {
        rc = fputs(json, stdout) < 0 || fflush(stdout) != 0 ? errno : 0;
    } else if (lstat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
        rc = write_in_place(path, json);
    } else {
        rc = replace(ctx, path, json);
    }
    talloc_free(ctx);
    return rc;
}
