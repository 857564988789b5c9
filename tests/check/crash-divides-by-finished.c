/* SPDX-License-Identifier: MIT */
/* Wrong: main reports an average per finished worker and trusts that at
 * least one is finished, since it had work of its own before. If none is,
 * it divides by zero. All counts are locked. */
#include <pthread.h>
#include <stdio.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int finished, points; /* guarded by lock */

static void *player(void *arg)
{
    int mine = *(int *)arg * 3;

    pthread_mutex_lock(&lock);
    finished++;
    points += mine;
    pthread_mutex_unlock(&lock);
    return NULL;
}

static int average(void)
{
    int a;

    pthread_mutex_lock(&lock);
    a = points / finished;
    pthread_mutex_unlock(&lock);
    return a;
}

int main(void)
{
    int id[3] = {1, 2, 3}, now;
    pthread_t t[3];

    for (int i = 0; i < 3; i++) {
        pthread_create(&t[i], NULL, player, &id[i]);
    }
    for (volatile int own = 0; own < 1000000; own++) {
    }
    now = average();
    for (int i = 0; i < 3; i++) {
        pthread_join(t[i], NULL);
    }
    printf("average %s, finally %d\n", now > 0 ? "known" : "0", average());
    return 0;
}
