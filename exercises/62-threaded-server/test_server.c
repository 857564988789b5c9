/* SPDX-License-Identifier: MIT */
/* test_server.c - what server.h promises, seen by clients of it.
 *
 * A descriptor that the server forgets is found by counting those that are
 * open. The clients of a test write down what they saw; it is looked at when
 * the server has been stopped and all threads are joined. */
#include "server.h"

#include <criterion/criterion.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "lines.h"
#include "net.h"
#include "threadlab.h"

static int open_descriptors(void)
{
    int count = 0;

    for (int fd = 0; fd < 128; fd++) {
        count += fcntl(fd, F_GETFD) >= 0;
    }
    return count;
}

/* The answer of most tests: the line in capitals. */
static void shout(void *arg, char *line)
{
    (void)arg;
    for (; *line != '\0'; line++) {
        *line = (char)toupper((unsigned char)*line);
    }
}

/* One end of a connection, the client's. */
struct client {
    struct net_reader in;
    char reply[NET_LINE]; /* the last one, or "" */
};

static void connect_to(struct client *c, int port)
{
    *c = (struct client){.in = {.fd = net_connect(port)}};
}

/* Send a line, if there is one to send, and get one. */
static const char *ask(struct client *c, const char *line)
{
    if ((line != NULL && !net_send_line(c->in.fd, line)) ||
        !net_read_line(&c->in, c->reply)) {
        strcpy(c->reply, "");
    }
    return c->reply;
}

/* Say that nothing more will come, and sleep until the other side has closed.
 * Returns whether it sent nothing any more. */
static bool leave(struct client *c)
{
    char rest[NET_LINE];
    bool silent = false;

    shutdown(c->in.fd, SHUT_WR);
    silent = !net_read_line(&c->in, rest);
    close(c->in.fd);
    return silent;
}

Test(server, every_line_is_answered, .timeout = 20.0)
{
    int before = open_descriptors();
    int port = -1;
    int listener = net_listen(&port);
    struct server *s = server_create(listener, 1, 3, shout, NULL);
    struct client c[2];
    const char *due[5] = {"ONE", "TWO", "THREE", "FOUR", "FIVE"};
    char replies[5][NET_LINE];
    unsigned long so_far = 0;
    unsigned long in_all = 0;
    bool silent[2];

    cr_assert_not_null(s);
    connect_to(&c[0], port);
    strcpy(replies[0], ask(&c[0], "one"));
    /* Two lines, in three pieces that do not end where the lines do. */
    send(c[0].in.fd, "tw", 2, MSG_NOSIGNAL);
    send(c[0].in.fd, "o\nthr", 5, MSG_NOSIGNAL);
    send(c[0].in.fd, "ee\n", 3, MSG_NOSIGNAL);
    strcpy(replies[1], ask(&c[0], NULL));
    strcpy(replies[2], ask(&c[0], NULL));
    so_far = server_answered(s);
    connect_to(&c[1], port); /* has to wait: there is one worker */
    net_send_line(c[1].in.fd, "four");
    silent[0] = leave(&c[0]);
    strcpy(replies[3], ask(&c[1], NULL));
    strcpy(replies[4], ask(&c[1], "five"));
    silent[1] = leave(&c[1]);
    in_all = server_stop(s);
    for (int i = 0; i < 5; i++) {
        cr_assert_str_eq(replies[i], due[i],
                         "line %d should be answered with \"%s\", but its "
                         "client got \"%s\"",
                         i + 1, due[i], replies[i]);
    }
    cr_assert(silent[0] && silent[1], "a client got more than its replies");
    cr_assert_eq(so_far, 3, "three lines answered, but it counts %lu", so_far);
    cr_assert_eq(in_all, 5, "five lines answered, but it counts %lu", in_all);
    cr_assert_eq(open_descriptors(), before, "descriptors left open: %d",
                 open_descriptors() - before);
}

/* A number of answers meet: who comes waits for all the others. */
struct meeting {
    pthread_mutex_t lock;
    pthread_cond_t all_here;
    int expected;
    int arrived;
};

static void meet(void *arg, char *line)
{
    struct meeting *m = arg;

    pthread_mutex_lock(&m->lock);
    m->arrived++;
    pthread_cond_broadcast(&m->all_here);
    while (m->arrived < m->expected) {
        pthread_cond_wait(&m->all_here, &m->lock);
    }
    pthread_mutex_unlock(&m->lock);
    shout(NULL, line);
}

Test(server, as_many_are_served_at_once_as_there_are_workers, .timeout = 20.0)
{
    int port = -1;
    int listener = net_listen(&port);
    struct meeting m = {.expected = 2};
    struct server *s = NULL;
    struct client c[2];
    unsigned long in_all = 0;

    pthread_mutex_init(&m.lock, NULL);
    pthread_cond_init(&m.all_here, NULL);
    s = server_create(listener, 2, 2, meet, &m);
    cr_assert_not_null(s);
    for (int i = 0; i < 2; i++) {
        connect_to(&c[i], port);
    }
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 2; i++) {
            net_send_line(c[i].in.fd, "together");
        }
        for (int i = 0; i < 2; i++) {
            ask(&c[i], NULL);
        }
        pthread_mutex_lock(&m.lock);
        m.arrived = 0;
        pthread_mutex_unlock(&m.lock);
    }
    for (int i = 0; i < 2; i++) {
        leave(&c[i]);
    }
    in_all = server_stop(s);
    pthread_cond_destroy(&m.all_here);
    pthread_mutex_destroy(&m.lock);
    for (int i = 0; i < 2; i++) {
        cr_assert_str_eq(c[i].reply, "TOGETHER",
                         "client %d should get \"TOGETHER\", but got \"%s\"", i,
                         c[i].reply);
    }
    cr_assert_eq(in_all, 4, "four lines answered, but it counts %lu", in_all);
}

Test(server, who_finds_no_place_is_told_so, .timeout = 20.0)
{
    int before = open_descriptors();
    int port = -1;
    int listener = net_listen(&port);
    struct server *s = server_create(listener, 1, 2, shout, NULL);
    struct client served;
    struct client waiting;
    struct client refused;
    struct client later;
    bool silent = false;

    cr_assert_not_null(s);
    connect_to(&served, port);
    ask(&served, "first");
    connect_to(&waiting, port);
    connect_to(&refused, port);
    ask(&refused, NULL);
    silent = leave(&refused);
    leave(&served); /* so it gives back its place */
    connect_to(&later, port);
    ask(&waiting, "second");
    leave(&waiting);
    ask(&later, "third");
    leave(&later);
    server_stop(s);
    cr_assert_str_eq(served.reply, "FIRST",
                     "who came first should get \"FIRST\", but got \"%s\"",
                     served.reply);
    cr_assert_str_eq(refused.reply, "busy",
                     "no place was free, so it should get \"busy\", but got "
                     "\"%s\"",
                     refused.reply);
    cr_assert(silent, "who was refused got more than that");
    cr_assert_str_eq(waiting.reply, "SECOND",
                     "who had the second place should get \"SECOND\", but "
                     "got \"%s\"",
                     waiting.reply);
    cr_assert_str_eq(later.reply, "THIRD",
                     "a place was free again, so who came should get "
                     "\"THIRD\", but got \"%s\"",
                     later.reply);
    cr_assert_eq(open_descriptors(), before, "descriptors left open: %d",
                 open_descriptors() - before);
}

Test(server, a_stop_ends_those_who_are_silent_and_those_who_wait,
     .timeout = 20.0)
{
    int before = open_descriptors();
    int port = -1;
    int listener = net_listen(&port);
    struct server *s = server_create(listener, 2, 4, shout, NULL);
    struct client c[4];
    unsigned long in_all = 0;
    bool refused = false;

    cr_assert_not_null(s);
    for (int i = 0; i < 2; i++) {
        connect_to(&c[i], port);
        ask(&c[i], "here");
    }
    for (int i = 2; i < 4; i++) {
        connect_to(&c[i], port); /* waits: two are served and say nothing */
    }
    in_all = server_stop(s);
    refused = net_connect(port) < 0 && errno == ECONNREFUSED;
    for (int i = 0; i < 4; i++) {
        char line[NET_LINE];

        cr_assert_not(net_read_line(&c[i].in, line),
                      "client %d got a line after the stop", i);
        close(c[i].in.fd);
    }
    cr_assert(refused, "after the stop somebody could connect");
    cr_assert_eq(in_all, 2, "two lines answered, but it counts %lu", in_all);
    cr_assert_eq(open_descriptors(), before, "descriptors left open: %d",
                 open_descriptors() - before);
}

/* The stop may come at any moment of a connection's way to its worker. Here the
 * worker has just closed another one, and the next is in the queue. */
Test(server, a_stop_ends_who_is_being_taken_on, .timeout = 20.0)
{
    int before = open_descriptors();
    int port = -1;
    int listener = net_listen(&port);
    struct server *s = server_create(listener, 1, 2, shout, NULL);
    struct client served;
    struct client next;
    struct client refused;
    char line[NET_LINE];
    unsigned long in_all = 0;

    cr_assert_not_null(s);
    connect_to(&served, port);
    ask(&served, "here");
    connect_to(&next, port); /* and says nothing */
    connect_to(&refused, port);
    ask(&refused, NULL); /* "busy", so the one before it is in the queue */
    leave(&refused);
    leave(&served);
    in_all = server_stop(s);
    cr_assert_not(net_read_line(&next.in, line),
                  "who had said nothing got \"%s\" after the stop", line);
    close(next.in.fd);
    cr_assert_eq(in_all, 1, "one line answered, but it counts %lu", in_all);
    cr_assert_eq(open_descriptors(), before, "descriptors left open: %d",
                 open_descriptors() - before);
}

/* An answer that takes until the test lets it go on, if the line is "slowly",
 * and no time otherwise. */
struct gate {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool entered;
    bool open;
};

static void pass_gate(void *arg, char *line)
{
    struct gate *g = arg;

    if (strcmp(line, "slowly") == 0) {
        pthread_mutex_lock(&g->lock);
        g->entered = true;
        pthread_cond_broadcast(&g->changed);
        while (!g->open) {
            pthread_cond_wait(&g->changed, &g->lock);
        }
        pthread_mutex_unlock(&g->lock);
    }
    shout(NULL, line);
}

/* Opens the gate when the stop has begun. That is certain once it has ended a
 * client that says nothing. But a stop may wait for the answer first, so this
 * waits no longer than a second; then nobody knows. */
struct opener {
    struct gate *gate;
    int silent; /* that client's end */
    bool certain;
};

static void *open_at_the_stop(void *arg)
{
    struct opener *o = arg;
    struct pollfd end = {.fd = o->silent, .events = POLLIN};

    o->certain = poll(&end, 1, 1000) == 1;
    pthread_mutex_lock(&o->gate->lock);
    o->gate->open = true;
    pthread_cond_broadcast(&o->gate->changed);
    pthread_mutex_unlock(&o->gate->lock);
    return NULL;
}

Test(server, a_line_in_hand_is_answered_and_no_other, .timeout = 20.0)
{
    int before = open_descriptors();
    int port = -1;
    int listener = net_listen(&port);
    struct gate g = {.open = false};
    struct opener o = {.gate = &g};
    struct server *s = NULL;
    struct client silent;
    struct client c;
    char line[NET_LINE];
    pthread_t opener;
    unsigned long in_all = 0;
    bool more = false;

    pthread_mutex_init(&g.lock, NULL);
    pthread_cond_init(&g.changed, NULL);
    s = server_create(listener, 2, 2, pass_gate, &g);
    cr_assert_not_null(s);
    connect_to(&silent, port);
    ask(&silent, "here");
    connect_to(&c, port);
    net_send_line(c.in.fd, "slowly\nand more"); /* two lines in one piece */
    pthread_mutex_lock(&g.lock);
    while (!g.entered) {
        pthread_cond_wait(&g.changed, &g.lock);
    }
    pthread_mutex_unlock(&g.lock);
    o.silent = silent.in.fd;
    cr_assert_eq(pthread_create(&opener, NULL, open_at_the_stop, &o), 0);
    in_all = server_stop(s);
    cr_assert_eq(pthread_join(opener, NULL), 0);
    ask(&c, NULL);
    more = net_read_line(&c.in, line);
    close(c.in.fd);
    close(silent.in.fd);
    pthread_cond_destroy(&g.changed);
    pthread_mutex_destroy(&g.lock);
    cr_assert_str_eq(c.reply, "SLOWLY",
                     "its line was being answered when the stop came, so it "
                     "should get \"SLOWLY\", but got \"%s\"",
                     c.reply);
    cr_assert_not(more && o.certain,
                  "the stop came during the answer to its first line, but its "
                  "second line was answered too: \"%s\"",
                  line);
    cr_assert_eq(in_all, more ? 3 : 2, "%d lines answered, but it counts %lu",
                 more ? 3 : 2, in_all);
    cr_assert_eq(open_descriptors(), before, "descriptors left open: %d",
                 open_descriptors() - before);
}

/* A descriptor gets the lowest number that is free: here one that belonged to
 * a connection of the server. */
Test(server, a_stop_leaves_the_descriptors_of_others_alone, .timeout = 20.0)
{
    int port = -1;
    int listener = net_listen(&port);
    struct server *s = server_create(listener, 2, 2, shout, NULL);
    struct client c[2];
    int others[4] = {-1, -1, -1, -1};
    bool intact = true;

    cr_assert_not_null(s);
    for (int i = 0; i < 2; i++) { /* both workers have one, and lose it */
        connect_to(&c[i], port);
        ask(&c[i], "hello");
    }
    for (int i = 0; i < 2; i++) {
        leave(&c[i]);
    }
    for (int i = 0; i < 4; i += 2) {
        cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, &others[i]), 0);
    }
    server_stop(s);
    for (int i = 0; i < 4; i++) {
        char byte = 'x';

        intact = intact && send(others[i], &byte, 1, MSG_NOSIGNAL) == 1 &&
                 recv(others[i ^ 1], &byte, 1, MSG_DONTWAIT) == 1;
    }
    for (int i = 0; i < 4; i++) {
        close(others[i]);
    }
    cr_assert(intact, "the server shut down or closed a descriptor that was "
                      "not, or no longer, its own");
}

Test(server, a_start_that_fails_leaves_nothing_behind, .timeout = 20.0)
{
    int before = open_descriptors();
    int port = -1;
    int listener = net_listen(&port);
    struct server *s = NULL;
    struct client c;
    bool none = server_create(listener, 0, 2, shout, NULL) == NULL &&
                server_create(listener, 2, 1, shout, NULL) == NULL;

    cr_assert(none, "no workers, or fewer places than workers, yet it started");
    for (int i = 0; i < 3; i++) {
        tl_fail_create(i);
        none = server_create(listener, 2, 2, shout, NULL) == NULL;
        tl_fail_create(-1);
        cr_assert(none,
                  "%d of 3 threads could be started, yet it says that "
                  "it did start",
                  i);
    }
    s = server_create(listener, 2, 2, shout, NULL); /* now it works */
    cr_assert_not_null(s, "after starts that failed: the same listener, all "
                          "threads to be had, yet it did not start");
    connect_to(&c, port);
    ask(&c, "at last");
    leave(&c);
    server_stop(s);
    cr_assert_str_eq(c.reply, "AT LAST",
                     "after starts that failed, one worked, and its client "
                     "should get \"AT LAST\", but got \"%s\"",
                     c.reply);
    cr_assert_eq(open_descriptors(), before, "descriptors left open: %d",
                 open_descriptors() - before);
}
