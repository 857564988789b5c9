/* SPDX-License-Identifier: MIT */
/* Right: main starts detached workers and ends itself by pthread_exit; the
 * process goes on until the last worker is done. The last one prints. */
#include <pthread.h>
#include <stdio.h>

#define WORKERS 4

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
int running = WORKERS; /* guarded by lock */
long total;            /* guarded by lock */

void *worker(void *arg)
{
    long n = (long)arg;
    long sum = 0;
    int last;

    for (long i = 0; i <= n * 1000; i++) {
        sum += i;
    }
    pthread_mutex_lock(&lock);
    total += sum;
    last = --running == 0;
    if (last) {
        printf("total %ld\n", total);
    }
    pthread_mutex_unlock(&lock);
    return NULL;
}

int main(void)
{
    for (long i = 1; i <= WORKERS; i++) {
        pthread_t t;

        if (pthread_create(&t, NULL, worker, (void *)i) != 0) {
            return 1;
        }
        pthread_detach(t);
    }
    pthread_exit(NULL);
}
