/* SPDX-License-Identifier: MIT */
/* Wrong: the field was renamed to `count`, one use of the old name is left,
 * so the file does not compile. */
#include <pthread.h>
#include <stdio.h>

struct counter {
    pthread_mutex_t lock;
    int count; /* guarded by lock */
};

static struct counter counter = {PTHREAD_MUTEX_INITIALIZER, 0};

static void *add(void *arg)
{
    struct counter *c = arg;

    pthread_mutex_lock(&c->lock);
    c->value++;
    pthread_mutex_unlock(&c->lock);
    return NULL;
}

int main(void)
{
    pthread_t t[2];

    for (int i = 0; i < 2; i++) {
        pthread_create(&t[i], NULL, add, &counter);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(t[i], NULL);
    }
    printf("%d\n", counter.count);
    return 0;
}
