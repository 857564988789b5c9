/* SPDX-License-Identifier: MIT */
/* Wrong: log_reset() initialises the mutex again while the writer holds it;
 * the writer then unlocks a mutex that is no longer locked. With the usual
 * kind of mutex nothing shows. Semaphores order every step, so nothing else
 * is amiss. */
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>

struct log {
    pthread_mutex_t lock; /* guards lines */
    int lines;
};

static struct log logbook = {PTHREAD_MUTEX_INITIALIZER, 0};
static sem_t half_way, go_on;

static void log_reset(struct log *l)
{
    pthread_mutex_init(&l->lock, NULL);
    l->lines = 0;
}

static void *writer(void *arg)
{
    struct log *l = arg;

    pthread_mutex_lock(&l->lock);
    l->lines++;
    sem_post(&half_way); /* somebody may look at the first line */
    sem_wait(&go_on);
    l->lines++;
    pthread_mutex_unlock(&l->lock);
    return NULL;
}

int main(void)
{
    pthread_t t;

    sem_init(&half_way, 0, 0);
    sem_init(&go_on, 0, 0);
    pthread_create(&t, NULL, writer, &logbook);
    sem_wait(&half_way);
    log_reset(&logbook);
    sem_post(&go_on);
    pthread_join(t, NULL);
    printf("%d line\n", logbook.lines);
    return 0;
}
