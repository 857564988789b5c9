/* SPDX-License-Identifier: MIT */
/* server.c - a server that answers lines. Your work; see server.h. The memory
 * is there, the threads are not. */
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
    /* TODO: what does server_stop have to know of it? */
};

struct server {
    void (*answer)(void *arg, char *line); /* constant after create */
    void *arg;                             /* likewise */
    int listener;                          /* likewise */
    size_t places;                         /* likewise */
    pthread_t acceptor;                    /* likewise */

    /* TODO: the lock, and the rest of what it guards */
    struct ring ring;        /* connections that no worker has taken yet */
    struct worker workers[]; /* TODO: how many of them have been started? */
};

/* Give back its memory, when no thread is left. */
static void release(struct server *s)
{
    ring_free(&s->ring);
    free(s);
}

/* TODO: start the workers and the thread that accepts. What if one of them
 * cannot be started? */
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
    release(s);
    return NULL;
}

/* TODO: who else writes this number? */
unsigned long server_answered(struct server *s)
{
    (void)s;
    return 0;
}

/* TODO: ask all threads to end, wake each where it sleeps, join, close, free.
 * In which calls may they sleep? */
unsigned long server_stop(struct server *s)
{
    (void)s;
    return 0;
}
