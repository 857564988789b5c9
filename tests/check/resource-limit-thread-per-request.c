/* SPDX-License-Identifier: MIT */
/* Wrong: every request gets a thread of its own and none ends before all
 * have started: 3,000 at a time. A large machine bears it, a limit on
 * threads or memory does not. */
/* args: 3000 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t opened = PTHREAD_COND_INITIALIZER;
static int open_, served; /* guarded by lock */

static void *serve(void *unused)
{
    pthread_mutex_lock(&lock);
    while (!open_) {
        pthread_cond_wait(&opened, &lock);
    }
    served++;
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(int argc, char **argv)
{
    int n = argc > 1 ? atoi(argv[1]) : 3000;
    pthread_t *t = calloc((size_t)n, sizeof(*t));
    int started = 0;

    while (t != NULL && started < n &&
           pthread_create(&t[started], NULL, serve, NULL) == 0) {
        started++;
    }
    pthread_mutex_lock(&lock);
    open_ = 1;
    pthread_cond_broadcast(&opened);
    pthread_mutex_unlock(&lock);
    for (int i = 0; i < started; i++) {
        pthread_join(t[i], NULL);
    }
    free(t);
    printf("%d of %d served\n", served, n);
    return served == n ? 0 : 1;
}
