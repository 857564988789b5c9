/* SPDX-License-Identifier: MIT */
/* Right: two pipes for each worker instead of a socket pair. A pipe has no
 * MSG_NOSIGNAL, so SIGPIPE is blocked in the calling thread while it writes,
 * and taken away if one has come. */
#include "procpool.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct worker {
    pid_t pid;
    int to; /* the parent's ends of its pipes */
    int from;
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

/* Send all. Returns false if the other side is gone. SIGPIPE is blocked. */
static bool send_all(int end, const void *bytes, size_t count)
{
    const char *at = bytes;

    while (count > 0) {
        ssize_t n = write(end, at, count);

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
        ssize_t n = read(end, at, count);

        if (n > 0) {
            at += n;
            count -= (size_t)n;
        } else if (n == 0 || errno != EINTR) {
            return false;
        }
    }
    return true;
}

/* The same, in a thread that may have SIGPIPE unblocked. */
static bool send_all_quietly(int end, const void *bytes, size_t count)
{
    const struct timespec no_time = {0, 0};
    sigset_t pipe_only;
    sigset_t before;
    bool done = false;

    sigemptyset(&pipe_only);
    sigaddset(&pipe_only, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_only, &before);
    done = send_all(end, bytes, count);
    if (!done && !sigismember(&before, SIGPIPE)) {
        sigtimedwait(&pipe_only, NULL, &no_time);
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return done;
}

/* A worker's life. */
static _Noreturn void work(const struct procpool *p, int from, int to)
{
    void *in = malloc(p->in_size);
    void *out = calloc(1, p->out_size);

    if (in == NULL || out == NULL) {
        _exit(1);
    }
    while (receive_all(from, in, p->in_size)) {
        p->task(in, out);
        if (!send_all_quietly(to, out, p->out_size)) {
            break;
        }
    }
    _exit(0);
}

/* Returns false if there is no descriptor or no process to be had. */
static bool start_worker(struct procpool *p)
{
    struct worker *w = &p->workers[p->started];
    int there[2];
    int back[2];

    if (pipe(there) != 0) {
        return false;
    }
    if (pipe(back) != 0) {
        close(there[0]);
        close(there[1]);
        return false;
    }
    w->pid = fork();
    if (w->pid == 0) {
        for (size_t i = 0; i < p->started; i++) {
            close(p->workers[i].to);
            close(p->workers[i].from);
        }
        close(there[1]);
        close(back[0]);
        work(p, there[0], back[1]);
    }
    close(there[0]);
    close(back[1]);
    if (w->pid < 0) {
        close(there[1]);
        close(back[0]);
        return false;
    }
    w->to = there[1];
    w->from = back[0];
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
    done = send_all_quietly(w->to, in, p->in_size) &&
           receive_all(w->from, out, p->out_size);
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
        close(p->workers[i].to);
        close(p->workers[i].from);
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
