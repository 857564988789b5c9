/* SPDX-License-Identifier: MIT */
/* test_board.c - what board.h promises, whoever comes first.
 *
 * Threads look at a notice themselves, and note in their own struct what they
 * saw; the test looks at that after joining them. Nobody waits for a notice:
 * who finds none after a few looks goes home without. */
#include "board.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum { LOOKS = 6, THREADS = 3 };

static struct board *make(void)
{
    struct board *b = board_create();

    cr_assert_not_null(b, "board_create returned NULL");
    return b;
}

/* Every number has a text, so that a notice can be seen to be whole. */
static void write_text(char text[NOTICE_ROOM], long number)
{
    snprintf(text, NOTICE_ROOM, "this is number %ld", number);
}

static bool is_whole(const struct notice *notice)
{
    char text[NOTICE_ROOM];

    write_text(text, notice->number);
    return strcmp(notice->text, text) == 0;
}

static int publish(struct board *b, long number,
                   const struct notice **out_notice)
{
    char text[NOTICE_ROOM];
    int rc = 0;

    write_text(text, number);
    rc = board_publish(b, number, text, out_notice);
    memset(text, '?', sizeof(text)); /* the board has a copy */
    return rc;
}

static void start(pthread_t *thread, void *(*main_fn)(void *), void *arg)
{
    int rc = pthread_create(thread, NULL, main_fn, arg);

    cr_assert_eq(rc, 0, "pthread_create: %d", rc);
}

static void join(pthread_t thread)
{
    int rc = pthread_join(thread, NULL);

    cr_assert_eq(rc, 0, "pthread_join: %d", rc);
}

Test(board, the_first_notice_stays, .timeout = 20.0)
{
    static const char too_long[] = "123456789 123456789 1234";
    struct board *b = make();
    const struct notice *first = NULL;
    const struct notice *other = NULL;

    cr_assert_null(board_read(b), "a new board has a notice");
    cr_assert_eq(board_publish(b, 1, too_long, &first), EINVAL);
    cr_assert_null(first, "*out_notice is written only on 0 and EALREADY");
    cr_assert_null(board_read(b), "it was refused, and is there");

    cr_assert_eq(publish(b, 7, &first), 0);
    cr_assert_not_null(first);
    cr_assert_eq(board_read(b), first);
    cr_assert_eq(first->number, 7);
    cr_assert(is_whole(first), "the text is '%s'", first->text);

    cr_assert_eq(publish(b, 8, &other), EALREADY);
    cr_assert_eq(other, first);
    cr_assert_eq(board_read(b), first);
    cr_assert_eq(first->number, 7);
    cr_assert(is_whole(first), "the text is '%s'", first->text);
    board_destroy(b);

    b = make();
    cr_assert_eq(board_publish(b, 1, too_long + 1, &first), 0);
    cr_assert_str_eq(first->text, too_long + 1);
    board_destroy(b);
    board_destroy(make()); /* nothing was published */
}

/* Looks at the board a few times. */
struct reader {
    pthread_t thread;
    struct board *b;
    const struct notice *first; /* that it saw */
    int torn;                   /* looks that did not find a whole notice */
    int changed;                /* looks that found another, or none, later */
};

static void *read_main(void *arg)
{
    struct reader *r = arg;

    for (int i = 0; i < LOOKS; i++) {
        const struct notice *notice = board_read(r->b);

        if (notice != NULL) {
            r->torn += !is_whole(notice);
        }
        if (r->first == NULL) {
            r->first = notice;
        }
        r->changed += notice != r->first;
    }
    return NULL;
}

static void start_reader(struct reader *r, struct board *b)
{
    *r = (struct reader){.b = b};
    start(&r->thread, read_main, r);
}

static void assert_reader_saw(const struct reader *r, const struct notice *up)
{
    cr_assert_eq(r->torn, 0, "a reader saw a notice that was not whole");
    cr_assert_eq(r->changed, 0, "a reader saw the notice change");
    cr_assert(r->first == NULL || r->first == up);
}

Test(board, readers_see_all_of_it_or_nothing, .timeout = 20.0)
{
    struct board *b = make();
    struct reader readers[2];
    const struct notice *up = NULL;

    for (int i = 0; i < 2; i++) {
        start_reader(&readers[i], b);
    }
    cr_assert_eq(publish(b, 12, &up), 0);
    for (int i = 0; i < 2; i++) {
        join(readers[i].thread);
        assert_reader_saw(&readers[i], up);
    }
    cr_assert_eq(up->number, 12);
    board_destroy(b);
}

/* Publishes once, and looks at what is then on the board. */
struct publisher {
    pthread_t thread;
    struct board *b;
    long number;
    int rc;
    const struct notice *up;
    long number_seen;
    bool whole;
};

static void *publish_main(void *arg)
{
    struct publisher *p = arg;

    p->rc = publish(p->b, p->number, &p->up);
    if (p->up != NULL) {
        p->number_seen = p->up->number;
        p->whole = is_whole(p->up);
    }
    return NULL;
}

static void start_publishers(struct publisher publishers[], int n,
                             struct board *b)
{
    for (int i = 0; i < n; i++) {
        publishers[i] = (struct publisher){.b = b, .number = 100 + i};
        start(&publishers[i].thread, publish_main, &publishers[i]);
    }
}

/* Exactly one was the first, and all of them have seen his notice. */
static void join_publishers(struct publisher publishers[], int n,
                            const struct notice *up)
{
    long winner = 0;
    int winners = 0;

    for (int i = 0; i < n; i++) {
        join(publishers[i].thread);
        if (publishers[i].rc == 0) {
            winner = publishers[i].number;
            winners++;
        }
    }
    cr_assert_eq(winners, 1, "%d calls returned 0", winners);
    for (int i = 0; i < n; i++) {
        const struct publisher *p = &publishers[i];

        cr_assert(p->rc == 0 || p->rc == EALREADY, "%d", p->rc);
        cr_assert_eq(p->up, publishers[0].up, "different notices are up");
        cr_assert(up == NULL || p->up == up, "different notices are up");
        cr_assert_eq(p->number_seen, winner);
        cr_assert(p->whole, "a publisher saw a notice that was not whole");
    }
}

Test(board, one_of_several_publishers_is_the_first, .timeout = 20.0)
{
    struct board *b = make();
    struct publisher publishers[THREADS];

    start_publishers(publishers, THREADS, b);
    join_publishers(publishers, THREADS, NULL);
    cr_assert_eq(board_read(b), publishers[0].up);
    board_destroy(b);
}

Test(board, what_was_read_stays_what_it_is, .timeout = 20.0)
{
    struct board *b = make();
    struct publisher publishers[2];
    struct reader r;

    start_publishers(publishers, 2, b);
    start_reader(&r, b);
    join(r.thread);
    join_publishers(publishers, 2, r.first);
    assert_reader_saw(&r, publishers[0].up);
    cr_assert(is_whole(board_read(b)));
    board_destroy(b);
}

/* Three threads and two boards. The first publishes on the one; the second
 * sees that, and publishes on the other; the third sees that. So it must also
 * see the first notice, and what the first thread did before. */
struct chain {
    struct board *boards[2];
    int groundwork; /* written by the first thread, before it publishes */
    bool second_published;
    bool third_saw_news;
    bool third_saw_all;
};

static void *chain_first(void *arg)
{
    struct chain *c = arg;
    const struct notice *up = NULL;

    c->groundwork = 42;
    publish(c->boards[0], 1, &up);
    return NULL;
}

static void *chain_second(void *arg)
{
    struct chain *c = arg;
    const struct notice *up = NULL;

    for (int i = 0; i < LOOKS && !c->second_published; i++) {
        if (board_read(c->boards[0]) != NULL) {
            c->second_published = publish(c->boards[1], 2, &up) == 0;
        }
    }
    return NULL;
}

static void *chain_third(void *arg)
{
    struct chain *c = arg;

    for (int i = 0; i < LOOKS && !c->third_saw_news; i++) {
        if (board_read(c->boards[1]) != NULL) {
            const struct notice *notice = board_read(c->boards[0]);

            c->third_saw_news = true;
            c->third_saw_all =
                notice != NULL && is_whole(notice) && c->groundwork == 42;
        }
    }
    return NULL;
}

Test(board, news_can_be_passed_on, .timeout = 20.0)
{
    struct chain c = {.boards = {make(), make()}};
    pthread_t threads[3];

    start(&threads[0], chain_first, &c);
    start(&threads[1], chain_second, &c);
    start(&threads[2], chain_third, &c);
    for (int i = 0; i < 3; i++) {
        join(threads[i]);
    }
    cr_assert(c.second_published || board_read(c.boards[1]) == NULL);
    cr_assert_eq(c.third_saw_all, c.third_saw_news,
                 "what came before the news is missing");
    board_destroy(c.boards[0]);
    board_destroy(c.boards[1]);
}
