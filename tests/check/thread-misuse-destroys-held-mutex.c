/* SPDX-License-Identifier: MIT */
/* Wrong: main destroys the mutex while the worker certainly holds it: the
 * worker waits for main's "go on" inside its critical section. glibc refuses
 * with EBUSY, which nobody reads. */
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>

struct shop {
    pthread_mutex_t till; /* guards cash */
    int cash;
    sem_t counting, closed;
};

static void *cashier(void *arg)
{
    struct shop *s = arg;

    pthread_mutex_lock(&s->till);
    s->cash = 120;
    sem_post(&s->counting);
    sem_wait(&s->closed);
    s->cash += 5;
    pthread_mutex_unlock(&s->till);
    return NULL;
}

int main(void)
{
    struct shop s = {.till = PTHREAD_MUTEX_INITIALIZER};
    pthread_t t;

    sem_init(&s.counting, 0, 0);
    sem_init(&s.closed, 0, 0);
    pthread_create(&t, NULL, cashier, &s);
    sem_wait(&s.counting);
    pthread_mutex_destroy(&s.till);
    sem_post(&s.closed);
    pthread_join(t, NULL);
    printf("cash %d\n", s.cash);
    sem_destroy(&s.counting);
    sem_destroy(&s.closed);
    return 0;
}
