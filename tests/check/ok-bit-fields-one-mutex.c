/* SPDX-License-Identifier: MIT */
/* Right: the bit-fields of one word are written by different threads, each
 * its own, and all under the same mutex. Writing one field rewrites the
 * word, and the mutex orders all of that. */
#include <assert.h>
#include <pthread.h>
#include <stdio.h>

#define ROUNDS 3

struct panel {
    pthread_mutex_t lock; /* guards the fields below */
    unsigned red : 3;
    unsigned green : 3;
    unsigned changes : 6;
};

static struct panel panel = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void *redden(void *unused)
{
    for (int i = 0; i < ROUNDS; i++) {
        pthread_mutex_lock(&panel.lock);
        panel.red++;
        panel.changes++;
        pthread_mutex_unlock(&panel.lock);
    }
    return unused;
}

static void *green(void *unused)
{
    for (int i = 0; i < ROUNDS; i++) {
        pthread_mutex_lock(&panel.lock);
        panel.green++;
        panel.changes++;
        pthread_mutex_unlock(&panel.lock);
    }
    return unused;
}

int main(void)
{
    pthread_t a, b;

    pthread_create(&a, NULL, redden, NULL);
    pthread_create(&b, NULL, green, NULL);
    pthread_join(a, NULL);
    pthread_join(b, NULL);
    printf("red %u, green %u\n", panel.red, panel.green);
    assert(panel.red == ROUNDS && panel.green == ROUNDS);
    assert(panel.changes == 2 * ROUNDS);
    return 0;
}
