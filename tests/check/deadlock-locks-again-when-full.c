/* SPDX-License-Identifier: MIT */
/* Wrong: when the queue is full, put() asks queue_length() for the number in
 * its message, and that locks the mutex put() already holds. Only a reader
 * that falls sixteen lines behind shows it. */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>

#define ROOM 16

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int queue[ROOM], length; /* guarded by lock */

static int queue_length(void)
{
    int n;

    pthread_mutex_lock(&lock);
    n = length;
    pthread_mutex_unlock(&lock);
    return n;
}

static void put(int v)
{
    pthread_mutex_lock(&lock);
    while (length == ROOM) {
        printf("waiting, %d in the queue\n", queue_length());
        pthread_cond_wait(&changed, &lock);
    }
    queue[length++] = v;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

static int take(void)
{
    int v;

    pthread_mutex_lock(&lock);
    while (length == 0) {
        pthread_cond_wait(&changed, &lock);
    }
    v = queue[--length];
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    return v;
}

static void *reader(void *unused)
{
    long sum = 0;

    (void)unused;
    for (int i = 0; i < 18; i++) {
        sum += take();
    }
    return (void *)sum;
}

int main(void)
{
    pthread_t t;
    void *sum;

    pthread_create(&t, NULL, reader, NULL);
    for (int i = 0; i < 18; i++) {
        for (volatile int pause = 0; pause < 100000; pause++) {
        }
        put(i);
    }
    pthread_join(t, &sum);
    printf("sum %ld\n", (long)sum);
    return 0;
}
