/* SPDX-License-Identifier: MIT */
/* Right: the second lock of a transfer is only tried; when it is taken, the
 * first is given back before the next attempt. Nobody waits while holding. */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>

struct account {
    pthread_mutex_t lock; /* guards balance */
    int balance;
};

struct job {
    struct account *from, *to;
    int times;
};

static void lock_both(struct account *x, struct account *y)
{
    while (1) {
        pthread_mutex_lock(&x->lock);
        if (pthread_mutex_trylock(&y->lock) == 0) {
            break;
        }
        pthread_mutex_unlock(&x->lock);
        sched_yield();
    }
}

static void *run(void *arg)
{
    struct job *job = arg;

    for (int i = 0; i < job->times; i++) {
        lock_both(job->from, job->to);
        job->from->balance -= 1;
        job->to->balance += 1;
        pthread_mutex_unlock(&job->to->lock);
        pthread_mutex_unlock(&job->from->lock);
    }
    return NULL;
}

int main(void)
{
    struct account ann = {PTHREAD_MUTEX_INITIALIZER, 500};
    struct account bob = {PTHREAD_MUTEX_INITIALIZER, 500};
    struct job jobs[] = {{&ann, &bob, 40}, {&bob, &ann, 70}};
    pthread_t threads[2];

    for (int i = 0; i < 2; i++) {
        if (pthread_create(&threads[i], NULL, run, &jobs[i]) != 0) {
            perror("pthread_create");
            return 1;
        }
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
    }
    printf("ann %d bob %d\n", ann.balance, bob.balance);
    pthread_mutex_destroy(&ann.lock);
    pthread_mutex_destroy(&bob.lock);
    return ann.balance + bob.balance == 1000 ? 0 : 1;
}
