/* SPDX-License-Identifier: MIT */
/* Wrong: whoever waits on a condition has yet to lock the mutex again when it
 * is destroyed. (No race on `open`: the lock orders everything that is used.) */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>

static pthread_mutex_t door = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t moved = PTHREAD_COND_INITIALIZER;
static bool at_the_door, open; /* guarded by door */

static void *visit(void *unused)
{
    pthread_mutex_lock(&door);
    at_the_door = true;
    pthread_cond_broadcast(&moved);
    while (!open) {
        pthread_cond_wait(&moved, &door);
    }
    pthread_mutex_unlock(&door);
    return unused;
}

int main(void)
{
    pthread_t visitor;

    if (pthread_create(&visitor, NULL, visit, NULL) != 0) {
        return 1;
    }
    pthread_mutex_lock(&door);
    while (!at_the_door) {
        pthread_cond_wait(&moved, &door);
    }
    open = true;
    pthread_cond_broadcast(&moved);
    pthread_mutex_unlock(&door);
    pthread_mutex_destroy(&door);
    pthread_join(visitor, NULL);
    puts("come in");
    return 0;
}
