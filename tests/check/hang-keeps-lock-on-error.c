/* SPDX-License-Identifier: MIT */
/* Wrong: reserve() returns without unlocking when there are not enough
 * seats. The family is refused only if it comes last, and then nobody locks
 * after it; in another order the next customer waits for ever. */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>

struct hall {
    pthread_mutex_t lock;
    int seats; /* guarded by lock */
};

struct customer {
    struct hall *hall;
    int wants;
    bool served;
};

static bool reserve(struct hall *h, int n)
{
    pthread_mutex_lock(&h->lock);
    if (h->seats < n) {
        return false;
    }
    h->seats -= n;
    pthread_mutex_unlock(&h->lock);
    return true;
}

static void *visit(void *arg)
{
    struct customer *c = arg;

    c->served = reserve(c->hall, c->wants);
    return NULL;
}

int main(void)
{
    struct hall hall = {PTHREAD_MUTEX_INITIALIZER, 3};
    struct customer c[3] = {
        {&hall, 2, false}, {&hall, 1, false}, {&hall, 3, false}};
    pthread_t t[3];

    for (int i = 0; i < 3; i++) {
        pthread_create(&t[i], NULL, visit, &c[i]);
    }
    for (int i = 0; i < 3; i++) {
        pthread_join(t[i], NULL);
        printf("customer %d: %s\n", i, c[i].served ? "seats" : "sorry");
    }
    return 0;
}
