/* SPDX-License-Identifier: MIT */
/* Wrong: to flush is to wait until the queue is empty. The last line is in no
 * queue while it is being written. */
#include "logger.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

struct line {
    struct line *next;
    size_t length;
    char bytes[];
};

struct logger {
    size_t (*sink)(void *arg, const char *bytes, size_t count);
    void *arg; /* constant, like sink */

    bool started; /* both for start and stop alone */
    pthread_t writer;

    pthread_mutex_t lock;   /* guards all below, and the sink if not queued */
    pthread_cond_t work;    /* signal: a line was appended; stopping */
    pthread_cond_t written; /* broadcast: a line has been written */
    enum level level;
    bool queued;        /* lines go through the queue */
    bool stopping;      /* the writing thread is to end */
    struct line *first; /* the queue, oldest line first */
    struct line **end;  /* where the next line is to be hung */
};

static _Thread_local char thread_name[LOGGER_NAME_MAX + 1] = "thread";

struct logger *logger_create(size_t (*sink)(void *arg, const char *bytes,
                                            size_t count),
                             void *arg, enum level level)
{
    struct logger *l = calloc(1, sizeof(*l));

    if (l != NULL) {
        l->sink = sink;
        l->arg = arg;
        l->level = level;
        l->end = &l->first;
        pthread_mutex_init(&l->lock, NULL);
        pthread_cond_init(&l->work, NULL);
        pthread_cond_init(&l->written, NULL);
    }
    return l;
}

void logger_name_thread(const char *name)
{
    snprintf(thread_name, sizeof(thread_name), "%s", name);
}

void logger_set_level(struct logger *l, enum level level)
{
    pthread_mutex_lock(&l->lock);
    l->level = level;
    pthread_mutex_unlock(&l->lock);
}

/* Returns the line, or NULL if there is no memory. */
static struct line *make_line(enum level level, const char *text)
{
    static const char *const names[] = {"DEBUG", "INFO", "WARNING", "ERROR"};
    static const char layout[] = "%s %s: %s\n";
    size_t length =
        (size_t)snprintf(NULL, 0, layout, names[level], thread_name, text);
    struct line *line = malloc(sizeof(*line) + length + 1);

    if (line != NULL) {
        snprintf(line->bytes, length + 1, layout, names[level], thread_name,
                 text);
        line->length = length;
        line->next = NULL;
    }
    return line;
}

/* Nobody else is in the sink: the caller holds the lock, or is the writing
 * thread. */
static void write_line(struct logger *l, const struct line *line)
{
    size_t done = 0;

    while (done < line->length) {
        done += l->sink(l->arg, line->bytes + done, line->length - done);
    }
}

static void append_locked(struct logger *l, struct line *line)
{
    *l->end = line;
    l->end = &line->next;
    pthread_cond_signal(&l->work);
}

int logger_log(struct logger *l, enum level level, const char *text)
{
    struct line *line = NULL;
    bool wanted = false;

    pthread_mutex_lock(&l->lock);
    wanted = level >= l->level;
    pthread_mutex_unlock(&l->lock);
    if (!wanted) {
        return 0;
    }
    line = make_line(level, text);
    if (line == NULL) {
        return ENOMEM;
    }
    pthread_mutex_lock(&l->lock);
    if (l->queued) {
        append_locked(l, line);
        line = NULL; /* it is the queue's now */
    } else {
        write_line(l, line);
    }
    pthread_mutex_unlock(&l->lock);
    free(line);
    return 0;
}

/* Take the oldest line, sleeping until there is one. Returns NULL if there is
 * none and the thread is to end. */
static struct line *take_locked(struct logger *l)
{
    struct line *line = NULL;

    while (l->first == NULL && !l->stopping) {
        pthread_cond_wait(&l->work, &l->lock);
    }
    line = l->first;
    if (line != NULL) {
        l->first = line->next;
        if (l->first == NULL) {
            l->end = &l->first;
        }
    }
    return line;
}

static void *writer_main(void *arg)
{
    struct logger *l = arg;
    struct line *line = NULL;

    pthread_mutex_lock(&l->lock);
    while ((line = take_locked(l)) != NULL) {
        pthread_mutex_unlock(&l->lock);
        write_line(l, line);
        free(line);
        pthread_mutex_lock(&l->lock);
        pthread_cond_broadcast(&l->written);
    }
    l->queued = false; /* still the same hold in which the queue was empty */
    pthread_mutex_unlock(&l->lock);
    return NULL;
}

int logger_start(struct logger *l)
{
    int rc = 0;

    if (l->started) {
        return EALREADY;
    }
    pthread_mutex_lock(&l->lock); /* nobody is writing directly */
    l->stopping = false;
    rc = pthread_create(&l->writer, NULL, writer_main, l);
    if (rc == 0) {
        l->queued = true;
        l->started = true;
    }
    pthread_mutex_unlock(&l->lock);
    return rc;
}

void logger_flush(struct logger *l)
{
    pthread_mutex_lock(&l->lock);
    while (l->first != NULL) {
        pthread_cond_wait(&l->written, &l->lock);
    }
    pthread_mutex_unlock(&l->lock);
}

void logger_stop(struct logger *l)
{
    if (!l->started) {
        return;
    }
    pthread_mutex_lock(&l->lock);
    l->stopping = true;
    pthread_cond_signal(&l->work);
    pthread_mutex_unlock(&l->lock);
    pthread_join(l->writer, NULL); /* without the lock: it needs it */
    l->started = false;
}

void logger_destroy(struct logger *l)
{
    logger_stop(l);
    pthread_cond_destroy(&l->written);
    pthread_cond_destroy(&l->work);
    pthread_mutex_destroy(&l->lock);
    free(l);
}
