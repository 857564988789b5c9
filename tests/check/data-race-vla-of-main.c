/* SPDX-License-Identifier: MIT */
/* As many results as threads; main adds the last one up before it has joined
 * the thread that writes it. */
/* args: 2 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static void *work(void *arg)
{
    *(long *)arg = 1;
    return NULL;
}

int main(int argc, char **argv)
{
    int n = argc > 1 ? atoi(argv[1]) : 1;
    pthread_t threads[n];
    long results[n];
    long sum = 0;

    for (int i = 0; i < n; i++) {
        results[i] = 0;
        if (pthread_create(&threads[i], NULL, work, &results[i]) != 0) {
            return 1;
        }
    }
    for (int i = 0; i < n - 1; i++) {
        pthread_join(threads[i], NULL);
    }
    for (int i = 0; i < n; i++) {
        sum += results[i];
    }
    pthread_join(threads[n - 1], NULL);
    printf("%ld\n", sum);
    return 0;
}
