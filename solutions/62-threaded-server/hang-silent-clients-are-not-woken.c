/* SPDX-License-Identifier: MIT */
/* Wrong: workers look at `stopping` after every line, but one whose client
 * says nothing sleeps in a read and cannot look. As long as clients close
 * before the stop, it never shows. */
#include "server.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lines.h"
#include "net.h"
#include "ring.h"

struct worker {
    struct server *server; /* constant after create */
    pthread_t thread;      /* likewise */
    int serving;           /* guarded by the server's lock; -1: nothing */
};

struct server {
    void (*answer)(void *arg, char *line); /* constant after create */
    void *arg;                             /* likewise */
    int listener;                          /* likewise */
    size_t places;                         /* likewise */
    size_t started;                        /* workers; likewise */
    pthread_t acceptor;                    /* likewise */

    pthread_mutex_t lock;   /* guards every field below */
    pthread_cond_t work;    /* signalled: one more; broadcast: stopping */
    bool stopping;          /* goes true once, never back */
    size_t held;            /* connections that have a place, <= places */
    unsigned long answered; /* lines */
    struct ring ring;       /* those that no worker has taken yet */
    struct worker workers[];
};

static bool stopping(struct server *s)
{
    bool now = false;

    pthread_mutex_lock(&s->lock);
    now = s->stopping;
    pthread_mutex_unlock(&s->lock);
    return now;
}

/* Answer line by line, until the client or server_stop ends it. */
static void serve(struct server *s, int fd)
{
    struct net_reader reader = {.fd = fd};
    char line[NET_LINE];

    while (!stopping(s) && net_read_line(&reader, line)) {
        s->answer(s->arg, line);
        pthread_mutex_lock(&s->lock);
        s->answered++;
        pthread_mutex_unlock(&s->lock);
        if (!net_send_line(fd, line)) {
            return;
        }
    }
}

static void *work(void *arg)
{
    struct worker *w = arg;
    struct server *s = w->server;

    pthread_mutex_lock(&s->lock);
    for (;;) {
        int fd = -1;

        while (s->ring.count == 0 && !s->stopping) {
            pthread_cond_wait(&s->work, &s->lock);
        }
        if (s->stopping) {
            break;
        }
        fd = ring_take(&s->ring);
        w->serving = fd;
        pthread_mutex_unlock(&s->lock);
        serve(s, fd);
        pthread_mutex_lock(&s->lock);
        w->serving = -1; /* from here on nobody else uses the number */
        s->held--;
        pthread_mutex_unlock(&s->lock);
        close(fd);
        pthread_mutex_lock(&s->lock);
    }
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

/* Put it into the queue, unless there is no place for it. */
static bool queue_up(struct server *s, int fd)
{
    bool placed = false;

    pthread_mutex_lock(&s->lock);
    placed = s->held < s->places;
    if (placed) {
        s->held++;
        ring_put(&s->ring, fd);
        pthread_cond_signal(&s->work); /* one connection, one worker */
    }
    pthread_mutex_unlock(&s->lock);
    return placed;
}

static void *accept_all(void *arg)
{
    struct server *s = arg;
    int fd = -1;

    while ((fd = net_accept(s->listener)) >= 0) {
        if (!queue_up(s, fd)) {
            net_send_line(fd, "busy");
            close(fd);
        }
    }
    return NULL;
}

/* Tell all threads to end, and wake the workers where they sleep. */
static void call_off(struct server *s)
{
    pthread_mutex_lock(&s->lock);
    s->stopping = true;
    pthread_cond_broadcast(&s->work);
    pthread_mutex_unlock(&s->lock);
}

static void join_workers(struct server *s)
{
    for (size_t i = 0; i < s->started; i++) {
        pthread_join(s->workers[i].thread, NULL);
    }
}

static void release(struct server *s)
{
    pthread_cond_destroy(&s->work);
    pthread_mutex_destroy(&s->lock);
    ring_free(&s->ring);
    free(s);
}

struct server *server_create(int listener, size_t workers, size_t places,
                             void (*answer)(void *arg, char *line), void *arg)
{
    struct server *s = NULL;

    if (workers == 0 || places < workers) {
        return NULL;
    }
    s = calloc(1, sizeof(*s) + workers * sizeof(s->workers[0]));
    if (s == NULL) {
        return NULL;
    }
    if (!ring_init(&s->ring, places)) {
        free(s);
        return NULL;
    }
    s->answer = answer;
    s->arg = arg;
    s->listener = listener;
    s->places = places;
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->work, NULL);
    for (; s->started < workers; s->started++) {
        struct worker *w = &s->workers[s->started];

        *w = (struct worker){.server = s, .serving = -1};
        if (pthread_create(&w->thread, NULL, work, w) != 0) {
            break;
        }
    }
    /* Last, because it alone could not be called back: to end it, one would
     * have to shut down the listener, which is still the caller's. */
    if (s->started < workers ||
        pthread_create(&s->acceptor, NULL, accept_all, s) != 0) {
        call_off(s);
        join_workers(s);
        release(s);
        return NULL;
    }
    return s;
}

unsigned long server_answered(struct server *s)
{
    unsigned long answered = 0;

    pthread_mutex_lock(&s->lock);
    answered = s->answered;
    pthread_mutex_unlock(&s->lock);
    return answered;
}

unsigned long server_stop(struct server *s)
{
    unsigned long answered = 0;

    shutdown(s->listener, SHUT_RDWR); /* wakes the acceptor */
    call_off(s);
    pthread_join(s->acceptor, NULL);
    join_workers(s);
    close(s->listener);
    while (s->ring.count > 0) { /* nobody will serve them */
        close(ring_take(&s->ring));
    }
    answered = s->answered;
    release(s);
    return answered;
}
