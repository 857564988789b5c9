/* SPDX-License-Identifier: MIT */
/* Right: main leaves by pthread_exit once its detached workers run; the last
 * of them to finish reports and ends the process by exit, with status 6. */
/* args: 3 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

static atomic_int alive, sum;

static void *worker(void *arg)
{
    int n = *(int *)arg;

    free(arg);
    atomic_fetch_add(&sum, n);
    if (atomic_fetch_sub(&alive, 1) == 1) {
        printf("sum %d\n", atomic_load(&sum));
        exit(atomic_load(&sum));
    }
    return NULL;
}

static int start(int n)
{
    int *arg = malloc(sizeof(*arg));
    pthread_attr_t attr;
    pthread_t t;
    int rc;

    if (arg == NULL) {
        return -1;
    }
    *arg = n;
    /* Born detached: the process may end before we could do it later. */
    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    rc = pthread_create(&t, &attr, worker, arg);
    pthread_attr_destroy(&attr);
    return rc;
}

int main(int argc, char **argv)
{
    int n = argc > 1 ? atoi(argv[1]) : 3;

    atomic_store(&alive, n);
    for (int i = 1; i <= n; i++) {
        if (start(i) != 0) {
            return 1;
        }
    }
    pthread_exit(NULL);
}
