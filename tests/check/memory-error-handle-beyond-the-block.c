/* SPDX-License-Identifier: MIT */
/* Wrong: the first handle goes where the last one should, one too far. */
#include <pthread.h>
#include <stdlib.h>

enum { THREADS = 2 };

static void *work(void *arg)
{
    return arg;
}

int main(void)
{
    pthread_t *t = malloc(THREADS * sizeof *t);

    if (t == NULL) {
        return 1;
    }
    for (int i = 1; i <= THREADS; i++) {
        pthread_create(&t[i], NULL, work, NULL);
    }
    for (int i = 1; i <= THREADS; i++) {
        pthread_join(t[i], NULL);
    }
    free(t);
    return 0;
}
