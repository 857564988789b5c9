/* SPDX-License-Identifier: MIT */
/* Wrong: main waits first and looks at `finished` afterwards. A worker that
 * is done before main gets there has already sent its only signal. The work
 * usually takes longer than main's way to the wait. */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>

struct task {
    pthread_mutex_t lock;
    pthread_cond_t done;
    bool finished; /* guarded by lock */
    unsigned long result;
};

static void *work(void *arg)
{
    struct task *t = arg;
    unsigned long x = 1;

    for (int i = 0; i < 1000000; i++) {
        x = x * 6364136223846793005ul + 1442695040888963407ul;
    }
    pthread_mutex_lock(&t->lock);
    t->result = x;
    t->finished = true;
    pthread_cond_signal(&t->done);
    pthread_mutex_unlock(&t->lock);
    return NULL;
}

static unsigned long task_wait(struct task *t)
{
    unsigned long r;

    pthread_mutex_lock(&t->lock);
    do {
        pthread_cond_wait(&t->done, &t->lock);
    } while (!t->finished);
    r = t->result;
    pthread_mutex_unlock(&t->lock);
    return r;
}

int main(void)
{
    struct task t = {.lock = PTHREAD_MUTEX_INITIALIZER,
                     .done = PTHREAD_COND_INITIALIZER};
    pthread_t thread;

    pthread_create(&thread, NULL, work, &t);
    printf("%lx\n", task_wait(&t));
    pthread_join(thread, NULL);
    return 0;
}
