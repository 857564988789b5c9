/* SPDX-License-Identifier: MIT */
/* Wrong: it compiles, but tally_add() is only declared; the file that
 * defines it was not given, so it does not link. */
#include <pthread.h>
#include <stdio.h>

void tally_add(pthread_mutex_t *lock, int *tally, int n);

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int tally; /* guarded by lock */

static void *work(void *arg)
{
    tally_add(&lock, &tally, *(int *)arg);
    return NULL;
}

int main(void)
{
    int n = 3;
    pthread_t t;

    pthread_create(&t, NULL, work, &n);
    tally_add(&lock, &tally, 4);
    pthread_join(t, NULL);
    printf("%d\n", tally);
    return 0;
}
