/* SPDX-License-Identifier: MIT */
/* Wrong: sem_wait may be ended by a signal, with EINTR and without a permit;
 * nobody looks at what it returns. */
#include <assert.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>

static sem_t loaded;
static int value;

static void on_usr1(int sig)
{
    (void)sig;
}

static void *use(void *arg)
{
    sem_wait(&loaded);
    sem_wait(&loaded);
    sem_post(&loaded);
    return arg;
}

int main(void)
{
    struct sigaction action = {.sa_handler = on_usr1};
    pthread_t t;
    int left;

    sem_init(&loaded, 0, 1);
    sigaction(SIGUSR1, &action, NULL);
    pthread_create(&t, NULL, use, NULL);
    pthread_kill(t, SIGUSR1);
    sem_post(&loaded);
    pthread_join(t, NULL);
    sem_getvalue(&loaded, &left);
    value = left;
    assert(value == 1);
    sem_destroy(&loaded);
    return 0;
}
