/* SPDX-License-Identifier: MIT */
/* Wrong: main learns by a condition that the worker is done, and returns
 * without joining or detaching it. The result is always right; the thread's
 * remains are never collected. */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>

struct future {
    pthread_mutex_t lock;
    pthread_cond_t set;
    bool done; /* guarded by lock, as is value */
    int value;
};

static struct future future = {.lock = PTHREAD_MUTEX_INITIALIZER,
                               .set = PTHREAD_COND_INITIALIZER};

static void *compute(void *arg)
{
    struct future *f = arg;

    pthread_mutex_lock(&f->lock);
    f->value = 6 * 7;
    f->done = true;
    pthread_cond_signal(&f->set);
    pthread_mutex_unlock(&f->lock);
    return NULL;
}

static int future_get(struct future *f)
{
    int v;

    pthread_mutex_lock(&f->lock);
    while (!f->done) {
        pthread_cond_wait(&f->set, &f->lock);
    }
    v = f->value;
    pthread_mutex_unlock(&f->lock);
    return v;
}

int main(void)
{
    pthread_t t;

    if (pthread_create(&t, NULL, compute, &future) != 0) {
        return 1;
    }
    printf("%d\n", future_get(&future));
    return 0;
}
