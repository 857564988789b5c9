/* SPDX-License-Identifier: MIT */
/* Right: main sends a signal to a thread that waits for the mutex main holds,
 * and waits for what its handler posts. A handler runs during such a wait. */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static sem_t answered;

static void answer(int sig)
{
    int before = errno;

    (void)sig;
    sem_post(&answered);
    errno = before;
}

static void *locks(void *unused)
{
    pthread_mutex_lock(&lock);
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(void)
{
    struct sigaction action = {.sa_handler = answer, .sa_flags = SA_RESTART};
    pthread_t t;

    sem_init(&answered, 0, 0);
    sigemptyset(&action.sa_mask);
    sigaction(SIGUSR2, &action, NULL);
    pthread_mutex_lock(&lock);
    if (pthread_create(&t, NULL, locks, NULL) != 0) {
        return 1;
    }
    pthread_kill(t, SIGUSR2);
    while (sem_wait(&answered) != 0) {
        ;
    }
    pthread_mutex_unlock(&lock);
    pthread_join(t, NULL);
    sem_destroy(&answered);
    return 0;
}
