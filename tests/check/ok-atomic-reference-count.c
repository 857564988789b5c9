/* SPDX-License-Identifier: MIT */
/* Right: a block shared by reference count. Whoever drops the last reference
 * frees it; the release/acquire pair on the count orders all use before the
 * free. Main drops its reference early, so any thread may be the last. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

struct blob {
    atomic_int refs;
    int length;
    int data[16];
};

static atomic_int freed;

static struct blob *blob_get(struct blob *b)
{
    atomic_fetch_add_explicit(&b->refs, 1, memory_order_relaxed);
    return b;
}

static void blob_put(struct blob *b)
{
    if (atomic_fetch_sub_explicit(&b->refs, 1, memory_order_acq_rel) == 1) {
        free(b);
        atomic_fetch_add(&freed, 1);
    }
}

static void *sum(void *arg)
{
    struct blob *b = arg;
    long total = 0;

    for (int i = 0; i < b->length; i++) {
        total += b->data[i];
    }
    blob_put(b);
    return (void *)total;
}

int main(void)
{
    struct blob *b = malloc(sizeof(*b));
    pthread_t t[4];
    int bad = 0;

    if (b == NULL) {
        return 1;
    }
    atomic_init(&b->refs, 1);
    b->length = 16;
    for (int i = 0; i < 16; i++) {
        b->data[i] = i;
    }
    for (int i = 0; i < 4; i++) {
        pthread_create(&t[i], NULL, sum, blob_get(b));
    }
    blob_put(b); /* not ours any more */
    for (int i = 0; i < 4; i++) {
        void *r;
        pthread_join(t[i], &r);
        bad += (long)r != 120;
    }
    printf("%d wrong sums, freed %d time(s)\n", bad, atomic_load(&freed));
    return bad != 0 || atomic_load(&freed) != 1;
}
