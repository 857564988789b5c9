/* SPDX-License-Identifier: MIT */
/* Wrong: double-checked locking with a plain pointer. The first look holds
 * no lock, so nothing orders it after the store, nor the colours after the
 * pointer. It shows whenever a thread finds the palette made, or looks while
 * it is being made. */
#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

struct palette {
    int size;
    int colour[4];
};

static struct palette *shared; /* meant to be guarded by making */
static pthread_mutex_t making = PTHREAD_MUTEX_INITIALIZER;

static struct palette *make_palette(void)
{
    struct palette *p = malloc(sizeof(*p));

    if (p == NULL) {
        abort();
    }
    p->size = 4;
    for (int i = 0; i < p->size; i++) {
        p->colour[i] = 0x40 * i;
    }
    return p;
}

static struct palette *palette_get(void)
{
    if (shared == NULL) {
        pthread_mutex_lock(&making);
        if (shared == NULL) {
            shared = make_palette();
        }
        pthread_mutex_unlock(&making);
    }
    return shared;
}

static void *paint(void *unused)
{
    struct palette *p = palette_get();

    assert(p->size == 4 && p->colour[3] == 0xc0);
    return unused;
}

int main(void)
{
    pthread_t t[3];

    for (int i = 0; i < 3; i++) {
        pthread_create(&t[i], NULL, paint, NULL);
    }
    for (int i = 0; i < 3; i++) {
        pthread_join(t[i], NULL);
    }
    printf("%d colours\n", shared->size);
    free(shared);
    return 0;
}
