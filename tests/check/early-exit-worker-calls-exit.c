/* SPDX-License-Identifier: MIT */
/* Wrong: a worker that is told to stop before its first piece calls exit(0)
 * where it should return, and takes the whole process with it: main never
 * prints, and nobody sees a failure. Main is busy first, so the worker has
 * nearly always begun by then. */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool stop; /* guarded by lock */
static int done;  /* guarded by lock */

static bool next_piece(void)
{
    bool more;

    pthread_mutex_lock(&lock);
    more = !stop && done < 3;
    done += more;
    pthread_mutex_unlock(&lock);
    return more;
}

static void *worker(void *unused)
{
    if (!next_piece()) {
        exit(0);
    }
    while (next_piece()) {
        /* on with it */
    }
    return unused;
}

int main(void)
{
    pthread_t t;

    if (pthread_create(&t, NULL, worker, NULL) != 0) {
        return 1;
    }
    for (volatile int own = 0; own < 1000000; own++) {
    }
    pthread_mutex_lock(&lock);
    stop = true;
    pthread_mutex_unlock(&lock);
    pthread_join(t, NULL);
    printf("%d pieces\n", done);
    return 0;
}
