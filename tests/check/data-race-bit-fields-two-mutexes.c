/* SPDX-License-Identifier: MIT */
/* Wrong: two bit-fields that stand next to one another have a mutex each.
 * They share one memory location: to write one is to read and write back
 * both. It races as soon as both are written without the same lock; one is
 * lost if that happens between the other's read and its write. */
#include <assert.h>
#include <pthread.h>
#include <stdio.h>

#define LEVELS 5

struct lamp {
    unsigned brightness : 4; /* guarded by bright_lock */
    unsigned colour : 4;     /* guarded by colour_lock */
};

static pthread_mutex_t bright_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t colour_lock = PTHREAD_MUTEX_INITIALIZER;
static struct lamp lamp;

static void *brighten(void *unused)
{
    for (int i = 0; i < LEVELS; i++) {
        pthread_mutex_lock(&bright_lock);
        lamp.brightness++;
        pthread_mutex_unlock(&bright_lock);
    }
    return unused;
}

static void *recolour(void *unused)
{
    for (int i = 0; i < LEVELS; i++) {
        pthread_mutex_lock(&colour_lock);
        lamp.colour++;
        pthread_mutex_unlock(&colour_lock);
    }
    return unused;
}

int main(void)
{
    pthread_t a, b;

    pthread_create(&a, NULL, brighten, NULL);
    pthread_create(&b, NULL, recolour, NULL);
    pthread_join(a, NULL);
    pthread_join(b, NULL);
    printf("brightness %u, colour %u\n", lamp.brightness, lamp.colour);
    assert(lamp.brightness == LEVELS && lamp.colour == LEVELS);
    return 0;
}
