/* SPDX-License-Identifier: MIT */
/* Wrong: a worker leaves by exit instead of _exit. So it calls the handlers
 * that the caller has registered, and writes out what it has a copy of: all
 * that was in the stdio buffers at the fork. Output comes twice, but only what
 * was not flushed, and on a terminal each line is. */
#include "procpool.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

struct worker {
    pid_t pid;
    int end; /* the parent's, of its socket pair */
    struct worker *next;
};

struct procpool {
    void (*task)(const void *in, void *out); /* constant, like the sizes */
    size_t in_size;
    size_t out_size;
    struct worker *workers; /* constant after create: all that were started */
    size_t started;

    pthread_mutex_t lock; /* guards both below, and `next` in the list */
    pthread_cond_t freed; /* signal: one is free; broadcast: none is left */
    struct worker *free;  /* alive, as far as is known, and without a task */
    size_t left;          /* free, or at work for somebody */
};

/* Send all. Returns false if the other side is gone. */
static bool send_all(int end, const void *bytes, size_t count)
{
    const char *at = bytes;

    while (count > 0) {
        ssize_t n = send(end, at, count, MSG_NOSIGNAL); /* else SIGPIPE */

        if (n >= 0) {
            at += n;
            count -= (size_t)n;
        } else if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

/* Receive all. Returns false if the other side is gone. */
static bool receive_all(int end, void *bytes, size_t count)
{
    char *at = bytes;

    while (count > 0) {
        ssize_t n = recv(end, at, count, 0);

        if (n > 0) {
            at += n;
            count -= (size_t)n;
        } else if (n == 0 || errno != EINTR) {
            return false;
        }
    }
    return true;
}

/* A worker's life. */
static _Noreturn void work(const struct procpool *p, int end)
{
    void *in = malloc(p->in_size);
    void *out = calloc(1, p->out_size);

    if (in == NULL || out == NULL) {
        _exit(1);
    }
    while (receive_all(end, in, p->in_size)) {
        p->task(in, out);
        if (!send_all(end, out, p->out_size)) {
            break;
        }
    }
    exit(0);
}

/* Returns false if there is no descriptor or no process to be had. */
static bool start_worker(struct procpool *p)
{
    struct worker *w = &p->workers[p->started];
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        return false;
    }
    w->pid = fork();
    if (w->pid == 0) {
        for (size_t i = 0; i < p->started; i++) {
            close(p->workers[i].end);
        }
        close(ends[0]);
        work(p, ends[1]);
    }
    close(ends[1]);
    if (w->pid < 0) {
        close(ends[0]);
        return false;
    }
    w->end = ends[0];
    w->next = p->free;
    p->free = w;
    p->started++;
    p->left++;
    return true;
}

struct procpool *procpool_create(size_t workers,
                                 void (*task)(const void *in, void *out),
                                 size_t in_size, size_t out_size)
{
    struct procpool *p = NULL;

    if (workers == 0) {
        return NULL;
    }
    p = calloc(1, sizeof(*p));
    if (p == NULL) {
        return NULL;
    }
    p->workers = calloc(workers, sizeof(*p->workers));
    if (p->workers == NULL) {
        free(p);
        return NULL;
    }
    p->task = task;
    p->in_size = in_size;
    p->out_size = out_size;
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->freed, NULL);
    while (p->started < workers) {
        if (!start_worker(p)) {
            procpool_destroy(p);
            return NULL;
        }
    }
    return p;
}

int procpool_call(struct procpool *p, const void *in, void *out)
{
    struct worker *w = NULL;
    bool done = false;

    pthread_mutex_lock(&p->lock);
    while (p->free == NULL && p->left > 0) {
        pthread_cond_wait(&p->freed, &p->lock);
    }
    w = p->free;
    if (w != NULL) {
        p->free = w->next;
    }
    pthread_mutex_unlock(&p->lock);
    if (w == NULL) {
        return ECHILD;
    }
    done = send_all(w->end, in, p->in_size) &&
           receive_all(w->end, out, p->out_size);
    pthread_mutex_lock(&p->lock);
    if (done) {
        w->next = p->free;
        p->free = w;
        pthread_cond_signal(&p->freed);
    } else {
        p->left--; /* it is in no list any more */
        if (p->left == 0) {
            pthread_cond_broadcast(&p->freed);
        }
    }
    pthread_mutex_unlock(&p->lock);
    return done ? 0 : EIO;
}

void procpool_destroy(struct procpool *p)
{
    for (size_t i = 0; i < p->started; i++) {
        close(p->workers[i].end);
    }
    for (size_t i = 0; i < p->started; i++) {
        while (waitpid(p->workers[i].pid, NULL, 0) < 0 && errno == EINTR) {
            continue;
        }
    }
    pthread_cond_destroy(&p->freed);
    pthread_mutex_destroy(&p->lock);
    free(p->workers);
    free(p);
}
