/* SPDX-License-Identifier: MIT */
/* Right: those who hold the lock for reading count under a mutex besides, and
 * who looks at the count holds it for writing: then no reader is there. */
#include <pthread.h>
#include <stdio.h>

static pthread_rwlock_t open_hours = PTHREAD_RWLOCK_INITIALIZER;
static pthread_mutex_t counter = PTHREAD_MUTEX_INITIALIZER;
static int visits;

static void *visit(void *arg)
{
    for (int i = 0; i < 5; i++) {
        pthread_rwlock_rdlock(&open_hours);
        pthread_mutex_lock(&counter);
        visits++;
        pthread_mutex_unlock(&counter);
        pthread_rwlock_unlock(&open_hours);
    }
    return arg;
}

static int visits_so_far(void)
{
    int n;

    pthread_rwlock_wrlock(&open_hours);
    n = visits;
    pthread_rwlock_unlock(&open_hours);
    return n;
}

int main(void)
{
    pthread_t visitors[2];
    int seen = 0;

    for (int i = 0; i < 2; i++) {
        pthread_create(&visitors[i], NULL, visit, NULL);
    }
    for (int i = 0; i < 5; i++) {
        seen = visits_so_far();
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(visitors[i], NULL);
    }
    printf("%d of %d\n", seen, visits_so_far());
    return 0;
}
