/* SPDX-License-Identifier: MIT */
/* Right: the client waits at most three milliseconds at a time for the
 * answer, and asks again when it times out; however slow the server is, the
 * loop ends with the answer. */
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>

struct mailbox {
    pthread_mutex_t lock; /* guards the rest */
    pthread_cond_t changed;
    int requests;
    bool answered;
};

static void *server(void *arg)
{
    struct mailbox *m = arg;

    pthread_mutex_lock(&m->lock);
    while (m->requests < 2) { /* it misses the first one */
        pthread_cond_wait(&m->changed, &m->lock);
    }
    m->answered = true;
    pthread_cond_broadcast(&m->changed);
    pthread_mutex_unlock(&m->lock);
    return NULL;
}

static int wait_a_little(struct mailbox *m)
{
    struct timespec until;
    int rc = 0;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += 3000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    while (!m->answered && rc != ETIMEDOUT) {
        rc = pthread_cond_timedwait(&m->changed, &m->lock, &until);
    }
    return m->answered ? 0 : ETIMEDOUT;
}

int main(void)
{
    struct mailbox m = {.lock = PTHREAD_MUTEX_INITIALIZER};
    pthread_condattr_t attr;
    pthread_t t;
    int tries = 0;

    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&m.changed, &attr);
    pthread_condattr_destroy(&attr);
    pthread_create(&t, NULL, server, &m);
    pthread_mutex_lock(&m.lock);
    do {
        m.requests++;
        tries++;
        pthread_cond_broadcast(&m.changed);
    } while (wait_a_little(&m) != 0);
    pthread_mutex_unlock(&m.lock);
    pthread_join(t, NULL);
    printf("answered %s\n", tries > 1 ? "after a retry" : "at once");
    pthread_cond_destroy(&m.changed);
    return tries > 1 ? 0 : 1;
}
