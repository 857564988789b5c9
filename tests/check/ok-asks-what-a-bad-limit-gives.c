/* SPDX-License-Identifier: MIT */
/* Right: calls with a limit that is no time, to see that they say so. */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <time.h>

int main(void)
{
    static const long bad[] = {-1, 1000000000, 2000000000};
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t never = PTHREAD_COND_INITIALIZER;
    sem_t empty;
    int refused = 0;

    sem_init(&empty, 0, 0);
    pthread_mutex_lock(&lock);
    for (int i = 0; i < 3; i++) {
        struct timespec until = {time(NULL), bad[i]};
        refused += pthread_cond_timedwait(&never, &lock, &until) == EINVAL;
        refused += sem_timedwait(&empty, &until) == -1 && errno == EINVAL;
    }
    pthread_mutex_unlock(&lock);
    sem_destroy(&empty);
    printf("%d of 6 refused\n", refused);
    return refused != 6;
}
