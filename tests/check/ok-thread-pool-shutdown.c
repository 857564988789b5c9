/* SPDX-License-Identifier: MIT */
/* Right: a small thread pool: submit, drain, shut down. Workers leave only
 * when it is closed and empty; jobs run outside the lock. */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

struct job {
    struct job *next;
    void (*fn)(void *arg);
    void *arg;
};

struct pool {
    size_t size;       /* constant after create */
    pthread_t *thread; /* likewise */
    pthread_mutex_t lock;
    pthread_cond_t work;
    struct job *head, *tail; /* guarded by lock */
    bool closed;             /* guarded by lock; goes true once */
};

static void *pool_worker(void *arg)
{
    struct pool *p = arg;

    pthread_mutex_lock(&p->lock);
    for (;;) {
        struct job *j;

        while (p->head == NULL && !p->closed) {
            pthread_cond_wait(&p->work, &p->lock);
        }
        j = p->head;
        if (j == NULL) {
            break;
        }
        p->head = j->next;
        pthread_mutex_unlock(&p->lock);
        j->fn(j->arg);
        free(j);
        pthread_mutex_lock(&p->lock);
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

static int pool_submit(struct pool *p, void (*fn)(void *), void *arg)
{
    struct job *j = malloc(sizeof(*j));

    if (j == NULL) {
        return ENOMEM;
    }
    *j = (struct job){NULL, fn, arg};
    pthread_mutex_lock(&p->lock);
    if (p->head == NULL) {
        p->head = j;
    } else {
        p->tail->next = j;
    }
    p->tail = j;
    pthread_cond_signal(&p->work);
    pthread_mutex_unlock(&p->lock);
    return 0;
}

static void pool_shutdown(struct pool *p)
{
    pthread_mutex_lock(&p->lock);
    p->closed = true;
    pthread_cond_broadcast(&p->work);
    pthread_mutex_unlock(&p->lock);
    for (size_t i = 0; i < p->size; i++) {
        pthread_join(p->thread[i], NULL);
    }
    free(p->thread);
    pthread_cond_destroy(&p->work);
    pthread_mutex_destroy(&p->lock);
}

static atomic_long squares;

static void square(void *arg)
{
    long n = (long)arg;

    atomic_fetch_add(&squares, n * n);
}

int main(void)
{
    struct pool p = {.size = 3,
                     .lock = PTHREAD_MUTEX_INITIALIZER,
                     .work = PTHREAD_COND_INITIALIZER};

    p.thread = calloc(p.size, sizeof(*p.thread));
    for (size_t i = 0; p.thread != NULL && i < p.size; i++) {
        pthread_create(&p.thread[i], NULL, pool_worker, &p);
    }
    for (long n = 1; n <= 20; n++) {
        pool_submit(&p, square, (void *)n);
    }
    pool_shutdown(&p);
    printf("%ld\n", atomic_load(&squares));
    return atomic_load(&squares) == 2870 ? 0 : 1;
}
