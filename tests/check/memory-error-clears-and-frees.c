/* SPDX-License-Identifier: MIT */
/* Wrong: whoever is done clears the counter and frees it, in one critical
 * section; the other one may come later, takes the same lock and counts in a
 * block that is gone. */
#include <pthread.h>
#include <stdlib.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int *counter;

static void *count(void *unused)
{
    pthread_mutex_lock(&lock);
    *counter += 1;
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(void)
{
    pthread_t t;

    counter = malloc(sizeof *counter);
    if (counter == NULL) {
        return 1;
    }
    *counter = 0;
    if (pthread_create(&t, NULL, count, NULL) != 0) {
        return 1;
    }
    pthread_mutex_lock(&lock);
    *counter = 0;
    free(counter);
    pthread_mutex_unlock(&lock);
    pthread_join(t, NULL);
    return 0;
}
