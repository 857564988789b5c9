/* SPDX-License-Identifier: MIT */
/* Right: the handler of a signal runs in a thread that waits on a condition,
 * and posts what the sender waits for. A wait on a condition may be interrupted
 * by a handler, and sem_post is allowed there. */
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t moved = PTHREAD_COND_INITIALIZER;
static bool here;
static bool open_now;
static sem_t noted;

static void handler(int number)
{
    (void)number;
    sem_post(&noted);
}

static void *park(void *arg)
{
    pthread_mutex_lock(&lock);
    here = true;
    pthread_cond_broadcast(&moved);
    while (!open_now) {
        pthread_cond_wait(&moved, &lock);
    }
    pthread_mutex_unlock(&lock);
    return arg;
}

int main(void)
{
    struct sigaction action = {.sa_handler = handler};
    pthread_t t;

    sem_init(&noted, 0, 0);
    sigaction(SIGUSR2, &action, NULL);
    pthread_create(&t, NULL, park, NULL);
    pthread_mutex_lock(&lock);
    while (!here) {
        pthread_cond_wait(&moved, &lock);
    }
    pthread_mutex_unlock(&lock);
    pthread_kill(t, SIGUSR2);
    while (sem_wait(&noted) != 0) {
    }
    pthread_mutex_lock(&lock);
    open_now = true;
    pthread_cond_broadcast(&moved);
    pthread_mutex_unlock(&lock);
    pthread_join(t, NULL);
    sem_destroy(&noted);
    return 0;
}
