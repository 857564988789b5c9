/* SPDX-License-Identifier: MIT */
/* test_logger.c - what logger.h promises, with a sink that takes a few bytes
 * at a time and has no lock. */
#include "logger.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "threadlab.h"

enum { PAPER = 2048 };

struct paper {
    size_t bite; /* so many bytes at a time */
    size_t length;
    char text[PAPER];
    struct door *door; /* if not NULL: who writes waits there first */
};

/* Closed until somebody opens it. */
struct door {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool open;
};

static void wait_at(struct door *door)
{
    pthread_mutex_lock(&door->lock);
    while (!door->open) {
        pthread_cond_wait(&door->changed, &door->lock);
    }
    pthread_mutex_unlock(&door->lock);
}

static void open_door(struct door *door)
{
    pthread_mutex_lock(&door->lock);
    door->open = true;
    pthread_cond_broadcast(&door->changed);
    pthread_mutex_unlock(&door->lock);
}

static size_t print(void *arg, const char *bytes, size_t count)
{
    struct paper *p = arg;
    size_t room = PAPER - 1 - p->length;

    if (p->door != NULL) {
        wait_at(p->door);
    }
    if (count > p->bite) {
        count = p->bite;
    }
    memcpy(p->text + p->length, bytes, count < room ? count : room);
    p->length += count < room ? count : room;
    return count;
}

static struct logger *create(struct paper *paper, enum level level)
{
    struct logger *l = logger_create(print, paper, level);

    cr_assert_not_null(l, "logger_create returned NULL");
    return l;
}

Test(logger, a_line_has_level_thread_and_text, .timeout = 20.0)
{
    static const char sentence[] = "a text that is quite a bit longer than "
                                   "what one would put into a line, for "
                                   "there is no limit to the length of it";
    struct paper paper = {.bite = 7};
    struct logger *l = create(&paper, LEVEL_INFO);
    char name[] = "loader";
    char expected[256];
    int rc = 0;

    cr_assert_eq(logger_log(l, LEVEL_INFO, "here"), 0);
    logger_name_thread(name);
    name[0] = 'X';
    cr_assert_eq(logger_log(l, LEVEL_DEBUG, "not this one"), 0);
    cr_assert_eq(logger_log(l, LEVEL_WARNING, "3 of 8"), 0);
    logger_set_level(l, LEVEL_DEBUG);
    cr_assert_eq(logger_log(l, LEVEL_DEBUG, sentence), 0);
    logger_set_level(l, LEVEL_ERROR);
    cr_assert_eq(logger_log(l, LEVEL_WARNING, "nor this one"), 0);
    logger_name_thread("the name of a thread");
    cr_assert_eq(logger_log(l, LEVEL_ERROR, "the end"), 0);
    tl_fail_malloc(0);
    rc = logger_log(l, LEVEL_ERROR, "no memory");
    tl_fail_malloc(-1);
    cr_assert(rc == 0 || rc == ENOMEM, "logger_log returned %d", rc);
    logger_flush(l);
    logger_stop(l); /* it was never started */
    snprintf(expected, sizeof(expected),
             "INFO thread: here\n"
             "WARNING loader: 3 of 8\n"
             "DEBUG loader: %s\n"
             "ERROR the name of a t: the end\n%s",
             sentence, rc == 0 ? "ERROR the name of a t: no memory\n" : "");
    cr_assert_str_eq(paper.text, expected, "the sink got:\n%s", paper.text);
    logger_destroy(l);
}

/* A thread that logs some lines. */
enum { THREADS = 3, LINES = 3 };

struct author {
    pthread_t thread;
    struct logger *logger;
    int number;
    int failed;
    int found; /* lines on the paper, checked in order */
};

static void *write_lines(void *arg)
{
    struct author *a = arg;
    char name[LOGGER_NAME_MAX + 1];

    snprintf(name, sizeof(name), "T%d", a->number);
    logger_name_thread(name);
    for (int i = 0; i < LINES; i++) {
        char text[16];

        snprintf(text, sizeof(text), "line %d", i);
        a->failed += logger_log(a->logger, LEVEL_ERROR, text) != 0;
        text[0] = '?';
    }
    logger_name_thread("somebody else");
    return NULL;
}

static void start_authors(struct author authors[], int count, struct logger *l)
{
    for (int i = 0; i < count; i++) {
        authors[i] = (struct author){.logger = l, .number = i};
        cr_assert_eq(
            pthread_create(&authors[i].thread, NULL, write_lines, &authors[i]),
            0);
    }
}

static void join_authors(struct author authors[], int count)
{
    for (int i = 0; i < count; i++) {
        cr_assert_eq(pthread_join(authors[i].thread, NULL), 0);
        cr_assert_eq(authors[i].failed, 0, "logger_log has failed");
    }
}

/* The paper has each line of each author, whole, once and in order. */
static void check_paper(const struct paper *paper, struct author authors[],
                        int count)
{
    char expected[64];
    const char *at = paper->text;

    while (*at != '\0') {
        bool found = false;

        for (int i = 0; i < count && !found; i++) {
            snprintf(expected, sizeof(expected), "ERROR T%d: line %d\n", i,
                     authors[i].found);
            if (strncmp(at, expected, strlen(expected)) == 0) {
                at += strlen(expected);
                authors[i].found++;
                found = true;
            }
        }
        cr_assert(found,
                  "a line that nobody has logged so, or not in this place: "
                  "\"%.*s\" in:\n%s",
                  (int)strcspn(at, "\n"), at, paper->text);
    }
    for (int i = 0; i < count; i++) {
        cr_assert_eq(authors[i].found, LINES,
                     "%d of %d lines of T%d came out:\n%s", authors[i].found,
                     LINES, i, paper->text);
    }
}

Test(logger, lines_stay_whole, .timeout = 20.0)
{
    struct paper paper = {.bite = 10};
    struct author authors[THREADS];
    struct logger *l = create(&paper, LEVEL_ERROR);

    start_authors(authors, THREADS, l);
    logger_set_level(l, LEVEL_WARNING);
    logger_flush(l);
    join_authors(authors, THREADS);
    check_paper(&paper, authors, THREADS);
    logger_destroy(l);
}

Test(logger, stop_writes_all_that_was_logged, .timeout = 20.0)
{
    struct paper paper = {.bite = 10};
    struct author authors[2];
    struct logger *l = create(&paper, LEVEL_INFO);
    int rc = 0;

    cr_assert_eq(logger_start(l), 0);
    rc = logger_start(l);
    start_authors(authors, 2, l);
    join_authors(authors, 2); /* their threads and names are gone */
    logger_name_thread("nobody");
    logger_stop(l);
    cr_assert_eq(rc, EALREADY, "started twice, but: %d", rc);
    check_paper(&paper, authors, 2);
    logger_destroy(l);
}

Test(logger, nothing_is_lost_when_the_way_changes, .timeout = 20.0)
{
    struct paper paper = {.bite = 20};
    struct author authors[2];
    struct logger *l = create(&paper, LEVEL_INFO);
    int failed = 0;

    start_authors(authors, 2, l);
    for (int i = 0; i < 2; i++) {
        failed += logger_start(l) != 0;
        logger_stop(l);
    }
    join_authors(authors, 2);
    cr_assert_eq(failed, 0, "it could not be started, or started again");
    check_paper(&paper, authors, 2);
    logger_destroy(l);
}

static void *flush_all(void *logger)
{
    logger_flush(logger);
    return NULL;
}

Test(logger, a_slow_sink_holds_up_nobody, .timeout = 20.0)
{
    struct door door = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER,
                        false};
    struct paper paper = {.bite = 100, .door = &door};
    struct author self = {.number = 0};
    struct logger *l = create(&paper, LEVEL_INFO);
    pthread_t flusher;
    size_t flushed = 0;

    self.logger = l;
    cr_assert_eq(logger_start(l), 0);
    write_lines(&self); /* while the sink is stuck at the door */
    cr_assert_eq(pthread_create(&flusher, NULL, flush_all, l), 0);
    open_door(&door);
    logger_flush(l);
    flushed = paper.length; /* the writing thread is still there */
    cr_assert_eq(pthread_join(flusher, NULL), 0);
    logger_destroy(l);
    cr_assert_eq(self.failed, 0, "logger_log has failed");
    check_paper(&paper, &self, 1);
    cr_assert_eq(flushed, paper.length,
                 "after a flush %zu of %zu bytes were in the sink", flushed,
                 paper.length);
}

Test(logger, a_thread_that_cannot_be_started_is_reported, .timeout = 20.0)
{
    struct paper paper = {.bite = 100};
    struct logger *l = create(&paper, LEVEL_INFO);
    int rc = 0;

    logger_name_thread("main");
    tl_fail_create(0);
    rc = logger_start(l);
    tl_fail_create(-1);
    cr_assert_eq(rc, EAGAIN, "no thread could be made, but: %d", rc);
    logger_log(l, LEVEL_INFO, "one");
    cr_assert_str_eq(paper.text, "INFO main: one\n", "the sink got:\n%s",
                     paper.text);
    cr_assert_eq(logger_start(l), 0, "it could have been started later");
    logger_log(l, LEVEL_INFO, "two");
    logger_destroy(l);
    cr_assert_str_eq(paper.text, "INFO main: one\nINFO main: two\n",
                     "the sink got:\n%s", paper.text);
}

/* The lines are in the sink when the logger is stopped, whatever it does after
 * that. Who waits for them may wake up late. */
Test(logger, a_flush_outlives_the_writing_thread, .timeout = 20.0)
{
    struct paper paper = {.bite = 100};
    struct author self = {.number = 0};
    struct logger *l = create(&paper, LEVEL_INFO);
    pthread_t flusher;
    int failed = 0;

    self.logger = l;
    failed += logger_start(l) != 0;
    write_lines(&self);
    cr_assert_eq(pthread_create(&flusher, NULL, flush_all, l), 0);
    logger_stop(l);
    failed += logger_start(l) != 0;
    cr_assert_eq(pthread_join(flusher, NULL), 0);
    logger_destroy(l);
    cr_assert_eq(failed, 0, "it could not be started, or started again");
    cr_assert_eq(self.failed, 0, "logger_log has failed");
    check_paper(&paper, &self, 1);
}
