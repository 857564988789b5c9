/* SPDX-License-Identifier: MIT */
/* Wrong: two waiters sleep on one condition at the same time, each with its
 * own mutex. All waiters of a condition must give the same mutex; here it
 * works by the grace of the implementation. */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>

struct door {
    pthread_mutex_t lock;
    bool open; /* guarded by lock */
};

static pthread_cond_t moved = PTHREAD_COND_INITIALIZER;
static struct door front = {PTHREAD_MUTEX_INITIALIZER, false};
static struct door back = {PTHREAD_MUTEX_INITIALIZER, false};

static void *guest(void *arg)
{
    struct door *d = arg;

    pthread_mutex_lock(&d->lock);
    while (!d->open) {
        pthread_cond_wait(&moved, &d->lock);
    }
    pthread_mutex_unlock(&d->lock);
    return NULL;
}

static void open_door(struct door *d)
{
    pthread_mutex_lock(&d->lock);
    d->open = true;
    pthread_cond_broadcast(&moved);
    pthread_mutex_unlock(&d->lock);
}

int main(void)
{
    pthread_t f, b;

    pthread_create(&f, NULL, guest, &front);
    pthread_create(&b, NULL, guest, &back);
    open_door(&front);
    open_door(&back);
    pthread_join(f, NULL);
    pthread_join(b, NULL);
    puts("everybody is in");
    return 0;
}
