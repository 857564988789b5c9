/* SPDX-License-Identifier: MIT */
/* test_fetch.c - what fetch.h promises, with a server that can misbehave.
 *
 * The server is in here: a few threads, each with one connection at a time. It
 * is told page by page what to do, and writes down what was asked of it; the
 * test looks at that when the server has been stopped and joined. */
#include "fetch.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "net.h"
#include "threadlab.h"

enum {
    SERVING = 3,    /* threads of the server */
    PIECES = 30,    /* of a page that drips */
    REMEMBERED = 4, /* requests of a page */
    LONG_MS = 5000, /* a limit that is not meant to be reached */
    SHORT_MS = 20   /* one that is */
};

enum manner {
    PLAIN,   /* the page, 200 */
    SLOW,    /* the same after a while */
    MEET,    /* the same when two of them have been asked for */
    LAST,    /* the same, and the connection ends */
    MISSING, /* 404 */
    BUSY,    /* 503 for the first `times`, then the page */
    GOES,    /* likewise: 503, and the end, without a word of it */
    CUT,     /* likewise: the beginning of the page, and the end */
    RESET,   /* likewise: the end, before the request was read */
    DRIP,    /* a byte now and then, but never the whole */
    BAD,     /* something that is no response; the connection stays open */
    SILENT   /* nothing */
};

struct page {
    const char *path;
    enum manner manner;
    int times;

    int requests; /* these two are guarded by the server's lock */
    uint64_t at_ms[REMEMBERED];
};

struct server {
    int port;
    int listener;
    struct page *pages;
    size_t count;
    pthread_t threads[SERVING];

    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t met;
    bool stopping;
    int connections[SERVING]; /* that are served, or -1 */
    int accepted;
    int in_hand; /* requests that came and are not answered */
    int most_in_hand;
    int meeting;
};

static int open_descriptors(void)
{
    int count = 0;

    for (int fd = 0; fd < 128; fd++) {
        count += fcntl(fd, F_GETFD) >= 0;
    }
    return count;
}

static uint64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void nap(void)
{
    struct timespec t = {0, 5000000};

    nanosleep(&t, NULL);
}

static bool say(int fd, const char *text)
{
    size_t length = strlen(text);

    return send(fd, text, length, MSG_NOSIGNAL) == (ssize_t)length;
}

static void say_page(int fd, const struct page *p, const char *status)
{
    char text[256];

    snprintf(text, sizeof(text),
             "HTTP/1.1 %s\r\nContent-Length: %zu\r\n%s\r\nbody of ", status,
             strlen("body of ") + strlen(p->path),
             p->manner == LAST ? "Connection: close\r\n" : "");
    if (say(fd, text)) {
        say(fd, p->path); /* as a piece of its own */
    }
}

static void drip(int fd)
{
    bool open = say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");

    for (int i = 0; i < PIECES && open; i++) {
        nap();
        open = say(fd, ".");
    }
}

/* Let close(2) reset the connection, after its end: who sends then gets EPIPE,
 * and a SIGPIPE if that is not refused. */
static void prepare_reset(int fd)
{
    struct linger at_once = {.l_onoff = 1, .l_linger = 0};

    shutdown(fd, SHUT_WR);
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
}

static void wait_for_the_end(int fd)
{
    char byte = '\0';

    while (recv(fd, &byte, 1, 0) > 0) {
    }
}

static void note_answered(struct server *s)
{
    pthread_mutex_lock(&s->lock);
    s->in_hand--;
    pthread_mutex_unlock(&s->lock);
}

static void meet(struct server *s)
{
    pthread_mutex_lock(&s->lock);
    s->meeting++;
    pthread_cond_broadcast(&s->met);
    while (s->meeting < 2 && !s->stopping) {
        pthread_cond_wait(&s->met, &s->lock);
    }
    pthread_mutex_unlock(&s->lock);
}

/* Answer one request, the nth for this page. False: end the connection. */
static bool answer(struct server *s, int fd, const struct page *p, int nth)
{
    bool misbehave = nth <= p->times;

    if (p->manner == SLOW) {
        nap();
    } else if (p->manner == MEET) {
        meet(s);
    }
    note_answered(s);
    if (p->manner == MISSING) {
        say_page(fd, p, "404 Not Found");
    } else if (p->manner == BUSY && misbehave) {
        say_page(fd, p, "503 Service Unavailable");
    } else if (p->manner == GOES && misbehave) {
        say_page(fd, p, "503 Service Unavailable");
        prepare_reset(fd);
        return false;
    } else if (p->manner == CUT && misbehave) {
        say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nhalf of");
        return false;
    } else if (p->manner == BAD) {
        say(fd, "HTTP/1.1 200 OK\r\nno length\r\n\r\n");
        return true;
    } else if (p->manner == DRIP) {
        drip(fd);
        return false;
    } else if (p->manner == SILENT) {
        wait_for_the_end(fd);
        return false;
    } else {
        say_page(fd, p, "200 OK");
    }
    return p->manner != LAST;
}

/* Write down that it was asked for. */
static struct page *note_request(struct server *s, const char *path, int *nth)
{
    struct page *page = NULL;

    pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < s->count; i++) {
        if (strcmp(s->pages[i].path, path) == 0) {
            page = &s->pages[i];
        }
    }
    if (page != NULL) {
        if (page->requests < REMEMBERED) {
            page->at_ms[page->requests] = now_ms();
        }
        *nth = ++page->requests;
        s->in_hand++;
        if (s->in_hand > s->most_in_hand) {
            s->most_in_hand = s->in_hand;
        }
    }
    pthread_mutex_unlock(&s->lock);
    return page;
}

/* Receive a request as a whole, and answer it. */
static bool serve_one(struct server *s, int fd)
{
    char text[256] = "";
    char path[64] = "";
    size_t length = 0;
    struct page *page = NULL;
    int nth = 0;

    while (strstr(text, "\r\n\r\n") == NULL) {
        ssize_t n = 0;

        if (length == sizeof(text) - 1) {
            return false;
        }
        /* A page that resets does not read all: that is what resets. */
        n = recv(fd, text + length, sizeof(text) - 1 - length, MSG_PEEK);
        if (n <= 0) {
            return false;
        }
        text[length + (size_t)n] = '\0';
        if (sscanf(text, "GET %63s ", path) == 1 && page == NULL &&
            strstr(text, "\r\n") != NULL) {
            page = note_request(s, path, &nth);
        }
        if (page == NULL || (page->manner == RESET && nth <= page->times)) {
            if (page != NULL) {
                note_answered(s);
            }
            return false;
        }
        if (recv(fd, text + length, (size_t)n, 0) != n) {
            return false;
        }
        length += (size_t)n;
    }
    return answer(s, fd, page, nth);
}

struct seat {
    struct server *server;
    int number;
};

/* Make `fd` the connection of this seat, or -1. */
static bool take_seat(struct server *s, int number, int fd)
{
    bool stopping = false;

    pthread_mutex_lock(&s->lock);
    s->connections[number] = fd;
    s->accepted += fd >= 0;
    stopping = s->stopping;
    pthread_mutex_unlock(&s->lock);
    return !stopping;
}

static void *serve(void *arg)
{
    struct seat *seat = arg;
    struct server *s = seat->server;
    int fd = -1;

    while ((fd = net_accept(s->listener)) >= 0) {
        bool go_on = take_seat(s, seat->number, fd);

        while (go_on) {
            go_on = serve_one(s, fd);
        }
        take_seat(s, seat->number, -1);
        close(fd);
    }
    return NULL;
}

static void server_start(struct server *s, struct seat seats[SERVING],
                         struct page *pages, size_t count)
{
    *s = (struct server){.pages = pages, .count = count};
    s->listener = net_listen(&s->port);
    cr_assert_geq(s->listener, 0);
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->met, NULL);
    for (int i = 0; i < SERVING; i++) {
        s->connections[i] = -1;
    }
    for (int i = 0; i < SERVING; i++) {
        seats[i] = (struct seat){s, i};
        cr_assert_eq(pthread_create(&s->threads[i], NULL, serve, &seats[i]), 0);
    }
}

static void server_stop(struct server *s)
{
    shutdown(s->listener, SHUT_RDWR);
    pthread_mutex_lock(&s->lock);
    s->stopping = true;
    pthread_cond_broadcast(&s->met);
    for (int i = 0; i < SERVING; i++) {
        if (s->connections[i] >= 0) { /* the client has left it open */
            shutdown(s->connections[i], SHUT_RDWR);
        }
    }
    pthread_mutex_unlock(&s->lock);
    for (int i = 0; i < SERVING; i++) {
        cr_assert_eq(pthread_join(s->threads[i], NULL), 0);
    }
    close(s->listener);
    pthread_cond_destroy(&s->met);
    pthread_mutex_destroy(&s->lock);
}

/* fetch_all, with arrays that are blocks of just this size: whoever goes beyond
 * their end goes nowhere else. */
static int fetch_paths(const struct fetch_plan *plan, const char *const paths[],
                       size_t count, struct fetch_result results[])
{
    const char **in = calloc(count, sizeof(in[0]));
    struct fetch_result *out = calloc(count, sizeof(out[0]));
    int rc = 0;

    cr_assert_not_null(in);
    cr_assert_not_null(out);
    memcpy(in, paths, count * sizeof(in[0]));
    rc = fetch_all(plan, in, count, out);
    if (rc == 0) {
        memcpy(results, out, count * sizeof(out[0]));
    }
    free(in);
    free(out);
    return rc;
}

/* Fetch all pages, in their order, from a server of their own. */
enum { PAGES = 5 };

struct outcome {
    struct server server;
    struct fetch_result results[PAGES];
    int rc;
    int left_open;
};

static void fetch_pages(struct outcome *o, struct page *pages, size_t count,
                        struct fetch_plan plan)
{
    struct seat seats[SERVING];
    const char *paths[PAGES];
    int before = open_descriptors();

    memset(o->results, 0, sizeof(o->results));
    for (size_t i = 0; i < count; i++) {
        paths[i] = pages[i].path;
    }
    server_start(&o->server, seats, pages, count);
    plan.port = o->server.port;
    o->rc = fetch_paths(&plan, paths, count, o->results);
    server_stop(&o->server);
    o->left_open = open_descriptors() - before;
}

/* Look at one result, which is freed by this. */
static void expect(struct fetch_result *r, const char *path, int error,
                   int status, unsigned tries)
{
    char body[64];

    cr_assert_eq(r->error, error, "%s: error %d (%s), should be %d (%s)", path,
                 r->error, strerror(r->error), error, strerror(error));
    cr_assert_eq(r->status, status, "%s: status %d, should be %d", path,
                 r->status, status);
    cr_assert_eq(r->tries, tries, "%s: %u tries, should be %u", path, r->tries,
                 tries);
    if (error != 0) {
        cr_assert_null(r->body, "%s: a body in spite of an error", path);
        cr_assert_eq(r->length, 0);
        return;
    }
    snprintf(body, sizeof(body), "body of %s", path);
    cr_assert_not_null(r->body, "%s: no body", path);
    cr_assert_str_eq(r->body, body, "%s: the body is \"%s\"", path, r->body);
    cr_assert_eq(r->length, strlen(body));
    free(r->body);
    r->body = NULL;
}

static void expect_nothing_left(const struct outcome *o)
{
    cr_assert_eq(o->rc, 0, "fetch_all returned %d", o->rc);
    cr_assert_eq(o->left_open, 0, "descriptors left open: %d", o->left_open);
}

Test(fetch, results_are_in_the_order_of_the_paths, .timeout = 20.0)
{
    struct page pages[] = {{.path = "/slow", .manner = SLOW},
                           {.path = "/a"},
                           {.path = "/missing", .manner = MISSING},
                           {.path = "/b", .manner = SLOW},
                           {.path = "/c"}};
    struct outcome o;

    fetch_pages(
        &o, pages, 5,
        (struct fetch_plan){.workers = 2, .limit_ms = LONG_MS, .tries = 3});
    expect_nothing_left(&o);
    for (int i = 0; i < 5; i++) {
        expect(&o.results[i], pages[i].path, 0, i == 2 ? 404 : 200, 1);
    }
    cr_assert_leq(o.server.accepted, 2, "2 workers, but %d connections",
                  o.server.accepted);
    cr_assert_leq(o.server.most_in_hand, 2,
                  "2 workers, but %d requests at a time",
                  o.server.most_in_hand);
}

Test(fetch, workers_fetch_side_by_side, .timeout = 20.0)
{
    struct page pages[] = {{.path = "/x", .manner = MEET},
                           {.path = "/y", .manner = MEET}};
    struct outcome o;

    fetch_pages(
        &o, pages, 2,
        (struct fetch_plan){.workers = 3, .limit_ms = LONG_MS, .tries = 1});
    expect_nothing_left(&o);
    for (int i = 0; i < 2; i++) {
        expect(&o.results[i], pages[i].path, 0, 200, 1);
    }
}

Test(fetch, a_connection_is_used_until_its_last_response, .timeout = 20.0)
{
    struct page pages[] = {{.path = "/a"},
                           {.path = "/b", .manner = LAST},
                           {.path = "/c"},
                           {.path = "/d"}};
    struct outcome o;

    fetch_pages(
        &o, pages, 4,
        (struct fetch_plan){.workers = 1, .limit_ms = LONG_MS, .tries = 1});
    expect_nothing_left(&o);
    for (int i = 0; i < 4; i++) {
        expect(&o.results[i], pages[i].path, 0, 200, 1);
    }
    cr_assert_eq(o.server.accepted, 2,
                 "one worker and one last response: 2 connections, not %d",
                 o.server.accepted);
}

Test(fetch, what_fails_is_tried_again_after_a_while, .timeout = 20.0)
{
    struct page pages[] = {{.path = "/busy", .manner = BUSY, .times = 3},
                           {.path = "/cut", .manner = CUT, .times = 1},
                           {.path = "/reset", .manner = RESET, .times = 1},
                           {.path = "/good"}};
    struct outcome o;
    static const unsigned tries[] = {4, 2, 2, 1};

    fetch_pages(
        &o, pages, 4,
        (struct fetch_plan){
            .workers = 2, .limit_ms = LONG_MS, .tries = 4, .backoff_ms = 10});
    expect_nothing_left(&o);
    for (int i = 0; i < 4; i++) {
        expect(&o.results[i], pages[i].path, 0, 200, tries[i]);
        cr_assert_eq(pages[i].requests, (int)tries[i]);
    }
    for (int i = 1; i < 4; i++) {
        uint64_t after_ms = pages[0].at_ms[i] - pages[0].at_ms[i - 1];

        /* One less: the clock is read in whole milliseconds here. */
        cr_assert_geq(after_ms + 1, 10u << (i - 1),
                      "try %d of /busy came %lu ms after the one before, and "
                      "should come after %u",
                      i + 1, (unsigned long)after_ms, 10u << (i - 1));
    }
}

Test(fetch, it_gives_up_at_last_and_nobody_else_suffers, .timeout = 20.0)
{
    struct page pages[] = {{.path = "/busy", .manner = BUSY, .times = 9},
                           {.path = "/cut", .manner = CUT, .times = 9},
                           {.path = "/bad", .manner = BAD},
                           {.path = "/good"}};
    struct outcome o;

    fetch_pages(
        &o, pages, 4,
        (struct fetch_plan){
            .workers = 1, .limit_ms = LONG_MS, .tries = 2, .backoff_ms = 1});
    expect_nothing_left(&o);
    expect(&o.results[0], "/busy", 0, 503, 2);
    expect(&o.results[1], "/cut", ECONNRESET, 0, 2);
    expect(&o.results[2], "/bad", EPROTO, 0, 1);
    expect(&o.results[3], "/good", 0, 200, 1);
    cr_assert_eq(o.server.accepted, 4,
                 "the two cuts and what is bad end a connection each, so there "
                 "should be 4, not %d",
                 o.server.accepted);
}

static atomic_int broken_pipes;

static void count_broken_pipe(int number)
{
    (void)number;
    atomic_fetch_add(&broken_pipes, 1);
}

Test(fetch, a_server_that_goes_causes_no_signal, .timeout = 20.0)
{
    struct page pages[] = {{.path = "/goes", .manner = GOES, .times = 1}};
    struct sigaction count = {.sa_handler = count_broken_pipe};
    struct outcome o;

    cr_assert_eq(sigaction(SIGPIPE, &count, NULL), 0);
    fetch_pages(
        &o, pages, 1,
        (struct fetch_plan){
            .workers = 1, .limit_ms = LONG_MS, .tries = 3, .backoff_ms = 10});
    expect_nothing_left(&o);
    cr_assert_eq(atomic_load(&broken_pipes), 0, "fetch_all has caused SIGPIPE");
    /* The second try is lost, unless it looks at the connection first. */
    cr_assert(o.results[0].tries == 2 || o.results[0].tries == 3,
              "/goes: %u tries, should be 2 or 3", o.results[0].tries);
    expect(&o.results[0], "/goes", 0, 200, o.results[0].tries);
}

Test(fetch, a_try_as_a_whole_has_a_limit, .timeout = 20.0)
{
    struct page pages[] = {{.path = "/silent", .manner = SILENT},
                           {.path = "/drip", .manner = DRIP}};
    struct outcome o;

    fetch_pages(
        &o, pages, 2,
        (struct fetch_plan){.workers = 2, .limit_ms = SHORT_MS, .tries = 1});
    expect_nothing_left(&o);
    expect(&o.results[0], "/silent", ETIMEDOUT, 0, 1);
    expect(&o.results[1], "/drip", ETIMEDOUT, 0, 1);
}

Test(fetch, without_a_server_or_threads_it_says_so, .timeout = 20.0)
{
    int before = open_descriptors();
    struct fetch_result results[3];
    const char *paths[] = {"/a", "/b", "/c"};
    struct page pages[] = {{.path = "/a"}, {.path = "/b"}, {.path = "/c"}};
    struct fetch_plan plan = {
        .workers = 2, .limit_ms = LONG_MS, .tries = 2, .backoff_ms = 1};
    struct fetch_plan bad = plan;
    struct server s;
    struct seat seats[SERVING];
    int rc = 0;

    bad.workers = 0;
    cr_assert_eq(fetch_all(&bad, paths, 2, results), EINVAL);
    bad = plan;
    bad.tries = 0;
    cr_assert_eq(fetch_all(&bad, paths, 2, results), EINVAL);

    server_start(&s, seats, pages, 3);
    plan.port = s.port;
    tl_fail_create(0);
    rc = fetch_paths(&plan, paths, 2, results);
    tl_fail_create(-1);
    cr_assert_eq(rc, EAGAIN, "no thread could be started, it returned %d", rc);
    tl_fail_create(1);
    rc = fetch_paths(&plan, paths, 2, results);
    tl_fail_create(-1);
    cr_assert_eq(rc, 0, "one of two threads could be started, it returned %d",
                 rc);
    expect(&results[0], "/a", 0, 200, 1);
    expect(&results[1], "/b", 0, 200, 1);
    plan.workers = 3;
    tl_fail_create_once(1); /* whoever tries the third: that one starts */
    rc = fetch_paths(&plan, paths, 3, results);
    tl_fail_create(-1);
    cr_assert_eq(rc, 0, "one of three threads could not start, it returned %d",
                 rc);
    for (size_t i = 0; i < 3; i++) {
        expect(&results[i], paths[i], 0, 200, 1);
    }
    server_stop(&s);

    plan.workers = 2;
    s.listener = net_listen(&plan.port);
    close(s.listener);
    rc = fetch_paths(&plan, paths, 2, results);
    cr_assert_eq(rc, 0, "without a server fetch_all returned %d", rc);
    expect(&results[0], "/a", ECONNREFUSED, 0, 2);
    expect(&results[1], "/b", ECONNREFUSED, 0, 2);
    cr_assert_eq(open_descriptors(), before, "descriptors left open: %d",
                 open_descriptors() - before);
}
