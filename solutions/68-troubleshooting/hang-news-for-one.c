/* SPDX-License-Identifier: MIT */
/* Wrong: news of an answer is signalled, not broadcast. All who wait for an
 * answer sleep on one condition, and the one who is woken may be waiting for
 * another one. */
#include "station.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

struct answer {
    bool asked;
    bool there; /* error and value are final */
    int error;  /* 0: value is the reading */
    int value;
};

struct station {
    station_read *read; /* constant after open, as are arg and threads */
    void *arg;
    pthread_t *threads;
    int workers; /* how many of them were started */

    /* Lock order: queue_lock before board_lock. */
    pthread_mutex_t queue_lock; /* guards the next six fields */
    pthread_cond_t work;        /* signal: a question came; broadcast: closed */
    int queue[STATION_IDS];     /* no id is asked twice: it never overflows */
    int next;                   /* of queue: where the next worker takes from */
    int queued;                 /* questions in the queue from there on */
    int in_work;
    bool closed; /* goes true once */

    pthread_mutex_t board_lock; /* guards the rest */
    pthread_cond_t news;        /* signal: an answer is there */
    struct answer board[STATION_IDS];
    int asked, answered, failed;
};

/* -- workers ----------------------------------------------------------------
 */

/* Take the next question. Returns false when there will be none. */
static bool take(struct station *s, int *out_id)
{
    bool any;

    pthread_mutex_lock(&s->queue_lock);
    while (s->queued == 0 && !s->closed) {
        pthread_cond_wait(&s->work, &s->queue_lock);
    }
    any = s->queued > 0;
    if (any) {
        *out_id = s->queue[s->next];
        s->next++;
        s->queued--;
        s->in_work++;
    }
    pthread_mutex_unlock(&s->queue_lock);
    return any;
}

static void pause_ms(long ms)
{
    struct timespec t = {ms / 1000, ms % 1000 * 1000000L};

    while (nanosleep(&t, &t) != 0 && errno == EINTR) {
    }
}

/* Read until it works or fails, with growing pauses while it is overloaded. */
static int read_patiently(struct station *s, int id, int *out_value)
{
    int rc = s->read(s->arg, id, out_value);

    for (int i = 1; i < STATION_TRIES && rc == EAGAIN; i++) {
        pause_ms((long)STATION_PAUSE << (i - 1));
        rc = s->read(s->arg, id, out_value);
    }
    return rc;
}

static void publish(struct station *s, int id, int error, int value)
{
    struct answer *a = &s->board[id];

    pthread_mutex_lock(&s->queue_lock);
    pthread_mutex_lock(&s->board_lock);
    s->in_work--;
    if (error == 0) {
        s->answered++;
    } else {
        s->failed++;
    }
    a->error = error;
    a->value = value;
    a->there = true;
    pthread_cond_signal(&s->news);
    pthread_mutex_unlock(&s->board_lock);
    pthread_mutex_unlock(&s->queue_lock);
}

static void *worker_main(void *arg)
{
    struct station *s = arg;
    int id;

    while (take(s, &id)) {
        int value = 0;
        int error = read_patiently(s, id, &value);

        publish(s, id, error, value);
    }
    return NULL;
}

/* -- questions and answers --------------------------------------------------
 */

int station_ask(struct station *s, int id)
{
    int rc = EEXIST;

    pthread_mutex_lock(&s->queue_lock);
    pthread_mutex_lock(&s->board_lock);
    if (!s->board[id].asked) {
        s->board[id].asked = true;
        s->asked++;
        s->queue[s->next + s->queued] = id;
        s->queued++;
        pthread_cond_signal(&s->work);
        rc = 0;
    }
    pthread_mutex_unlock(&s->board_lock);
    pthread_mutex_unlock(&s->queue_lock);
    return rc;
}

int station_answer(struct station *s, int id, int *out_value)
{
    struct answer *a = &s->board[id];
    int error;

    pthread_mutex_lock(&s->board_lock);
    while (!a->there) {
        pthread_cond_wait(&s->news, &s->board_lock);
    }
    error = a->error;
    if (error == 0) {
        *out_value = a->value;
    }
    pthread_mutex_unlock(&s->board_lock);
    return error;
}

void station_count(struct station *s, struct station_count *out)
{
    pthread_mutex_lock(&s->queue_lock);
    pthread_mutex_lock(&s->board_lock);
    out->asked = s->asked;
    out->queued = s->queued;
    out->in_work = s->in_work;
    out->answered = s->answered;
    out->failed = s->failed;
    pthread_mutex_unlock(&s->board_lock);
    pthread_mutex_unlock(&s->queue_lock);
}

/* -- open and close ---------------------------------------------------------
 */

struct station *station_open(int workers, station_read *read, void *arg)
{
    struct station *s = calloc(1, sizeof(*s));

    if (s == NULL) {
        return NULL;
    }
    s->read = read;
    s->arg = arg;
    pthread_mutex_init(&s->queue_lock, NULL);
    pthread_mutex_init(&s->board_lock, NULL);
    pthread_cond_init(&s->work, NULL);
    pthread_cond_init(&s->news, NULL);
    s->threads = calloc((size_t)workers, sizeof(*s->threads));
    while (s->threads != NULL && s->workers < workers &&
           pthread_create(&s->threads[s->workers], NULL, worker_main, s) == 0) {
        s->workers++;
    }
    if (s->threads == NULL || s->workers < workers) {
        station_close(s);
        return NULL;
    }
    return s;
}

void station_close(struct station *s)
{
    pthread_mutex_lock(&s->queue_lock);
    s->closed = true;
    pthread_cond_broadcast(&s->work);
    pthread_mutex_unlock(&s->queue_lock);
    for (int i = 0; i < s->workers; i++) {
        pthread_join(s->threads[i], NULL);
    }
    pthread_cond_destroy(&s->news);
    pthread_cond_destroy(&s->work);
    pthread_mutex_destroy(&s->board_lock);
    pthread_mutex_destroy(&s->queue_lock);
    free(s->threads);
    free(s);
}
