/* SPDX-License-Identifier: MIT */
/* Wrong: take() waits under an if. A second consumer may take the item
 * between the signal and the waking, or the wait may end for no reason; two
 * slow consumers and a quick lock mean that this is seldom seen. */
#include <assert.h>
#include <pthread.h>
#include <stdio.h>

#define ITEMS 6

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t more = PTHREAD_COND_INITIALIZER;
static int stack[ITEMS], height; /* guarded by lock */

static void put(int v)
{
    pthread_mutex_lock(&lock);
    stack[height++] = v;
    pthread_cond_signal(&more);
    pthread_mutex_unlock(&lock);
}

static int take(void)
{
    int v;

    pthread_mutex_lock(&lock);
    if (height == 0) {
        pthread_cond_wait(&more, &lock);
    }
    assert(height > 0);
    v = stack[--height];
    pthread_mutex_unlock(&lock);
    return v;
}

static void *consumer(void *arg)
{
    long sum = 0;

    (void)arg;
    for (int i = 0; i < ITEMS / 2; i++) {
        sum += take();
    }
    return (void *)sum;
}

int main(void)
{
    pthread_t t[2];
    long total = 0;

    for (int i = 0; i < 2; i++) {
        pthread_create(&t[i], NULL, consumer, NULL);
    }
    for (int i = 1; i <= ITEMS; i++) {
        put(i);
    }
    for (int i = 0; i < 2; i++) {
        void *sum;
        pthread_join(t[i], &sum);
        total += (long)sum;
    }
    printf("total %ld\n", total);
    return 0;
}
