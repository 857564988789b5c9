/* SPDX-License-Identifier: MIT */
/* Right: two bit-fields with a mutex each. The unnamed field of width 0
 * between them makes them two memory locations, so writing one does not
 * touch the other; within each half, one mutex guards both fields. */
#include <assert.h>
#include <pthread.h>
#include <stdio.h>

#define ROUNDS 4

struct door {
    unsigned open : 1;   /* guarded by hinge */
    unsigned turned : 4; /* guarded by hinge */
    unsigned : 0;
    unsigned locked : 1; /* guarded by key */
    unsigned tries : 4;  /* guarded by key */
};

static pthread_mutex_t hinge = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t key = PTHREAD_MUTEX_INITIALIZER;
static struct door door;

static void *swing(void *unused)
{
    for (int i = 0; i < ROUNDS; i++) {
        pthread_mutex_lock(&hinge);
        door.open = !door.open;
        door.turned++;
        pthread_mutex_unlock(&hinge);
    }
    return unused;
}

static void *turn_key(void *unused)
{
    for (int i = 0; i < ROUNDS; i++) {
        pthread_mutex_lock(&key);
        door.locked = !door.locked;
        door.tries++;
        pthread_mutex_unlock(&key);
    }
    return unused;
}

int main(void)
{
    pthread_t a, b;

    pthread_create(&a, NULL, swing, NULL);
    pthread_create(&b, NULL, turn_key, NULL);
    pthread_join(a, NULL);
    pthread_join(b, NULL);
    printf("turned %u times, tried %u times\n", door.turned, door.tries);
    assert(door.turned == ROUNDS && door.tries == ROUNDS);
    assert(!door.open && !door.locked);
    return 0;
}
