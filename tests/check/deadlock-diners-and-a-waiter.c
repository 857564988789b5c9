/* SPDX-License-Identifier: MIT */
/* Wrong: five diners take the fork on the left, then that on the right. They
 * come at different times, and a waiter who counts without a rest makes every
 * run long: the one in which all have a fork is not met by chance. */
#include <pthread.h>
#include <unistd.h>

enum { DINERS = 5 };

static pthread_mutex_t forks[DINERS];
static pthread_mutex_t tally = PTHREAD_MUTEX_INITIALIZER;
static int served;

static void *dine(void *arg)
{
    int seat = *(int *)arg;
    pthread_mutex_t *left = &forks[seat], *right = &forks[(seat + 1) % DINERS];

    usleep((useconds_t)seat * 2000);
    pthread_mutex_lock(left);
    pthread_mutex_lock(right);
    usleep(1000);
    pthread_mutex_unlock(right);
    pthread_mutex_unlock(left);
    pthread_mutex_lock(&tally);
    served++;
    pthread_mutex_unlock(&tally);
    return NULL;
}

static void *wait_on_them(void *arg)
{
    for (int seen = 0; seen < DINERS;) {
        pthread_mutex_lock(&tally);
        seen = served;
        pthread_mutex_unlock(&tally);
    }
    return arg;
}

int main(void)
{
    pthread_t diners[DINERS], waiter;
    int seats[DINERS];

    for (int i = 0; i < DINERS; i++) {
        pthread_mutex_init(&forks[i], NULL);
    }
    pthread_create(&waiter, NULL, wait_on_them, NULL);
    for (int i = 0; i < DINERS; i++) {
        seats[i] = i;
        pthread_create(&diners[i], NULL, dine, &seats[i]);
    }
    for (int i = 0; i < DINERS; i++) {
        pthread_join(diners[i], NULL);
    }
    pthread_join(waiter, NULL);
    return 0;
}
