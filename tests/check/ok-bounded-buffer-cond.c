/* SPDX-License-Identifier: MIT */
/* Right: a bounded FIFO with one mutex and two conditions, waits in loops,
 * closed at the end; three producers and two consumers lose nothing. */
/* args: 200 3 */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

struct ring {
    size_t capacity; /* constant after init */
    pthread_mutex_t lock;
    pthread_cond_t not_full, not_empty;
    int *slot; /* the rest: guarded by lock */
    size_t head, count;
    bool closed;
};

static struct ring ring;
static int per_producer = 200;

static void put(struct ring *r, int v)
{
    pthread_mutex_lock(&r->lock);
    while (r->count == r->capacity) {
        pthread_cond_wait(&r->not_full, &r->lock);
    }
    r->slot[(r->head + r->count++) % r->capacity] = v;
    pthread_cond_signal(&r->not_empty);
    pthread_mutex_unlock(&r->lock);
}

static bool take(struct ring *r, int *out)
{
    bool got = false;

    pthread_mutex_lock(&r->lock);
    while (r->count == 0 && !r->closed) {
        pthread_cond_wait(&r->not_empty, &r->lock);
    }
    if (r->count > 0) {
        *out = r->slot[r->head];
        r->head = (r->head + 1) % r->capacity;
        r->count--;
        got = true;
        pthread_cond_signal(&r->not_full);
    }
    pthread_mutex_unlock(&r->lock);
    return got;
}

static void *producer(void *arg)
{
    (void)arg;
    for (int i = 1; i <= per_producer; i++) {
        put(&ring, i);
    }
    return NULL;
}

static void *consumer(void *arg)
{
    long *sum = arg;
    int v = 0;

    while (take(&ring, &v)) {
        *sum += v;
    }
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_t p[3], c[2];
    long sum[2] = {0, 0}, want;

    if (argc > 1) {
        per_producer = atoi(argv[1]);
    }
    ring.capacity = argc > 2 ? (size_t)atoi(argv[2]) : 3;
    ring.slot = calloc(ring.capacity, sizeof(*ring.slot));
    pthread_mutex_init(&ring.lock, NULL);
    pthread_cond_init(&ring.not_full, NULL);
    pthread_cond_init(&ring.not_empty, NULL);
    for (int i = 0; i < 2; i++) {
        pthread_create(&c[i], NULL, consumer, &sum[i]);
    }
    for (int i = 0; i < 3; i++) {
        pthread_create(&p[i], NULL, producer, NULL);
    }
    for (int i = 0; i < 3; i++) {
        pthread_join(p[i], NULL);
    }
    pthread_mutex_lock(&ring.lock);
    ring.closed = true;
    pthread_cond_broadcast(&ring.not_empty);
    pthread_mutex_unlock(&ring.lock);
    for (int i = 0; i < 2; i++) {
        pthread_join(c[i], NULL);
    }
    free(ring.slot);
    want = 3L * per_producer * (per_producer + 1) / 2;
    printf("sum %ld, want %ld\n", sum[0] + sum[1], want);
    return sum[0] + sum[1] == want ? EXIT_SUCCESS : EXIT_FAILURE;
}
