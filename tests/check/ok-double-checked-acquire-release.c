/* SPDX-License-Identifier: MIT */
/* Right: double-checked creation with an atomic pointer. The release store
 * comes after the fields are filled in, the acquire load before they are
 * read; the mutex keeps a second creator out. */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct config {
    char name[16];
    int level;
};

static _Atomic(struct config *) shared;
static pthread_mutex_t making = PTHREAD_MUTEX_INITIALIZER;
static int made; /* guarded by making */

static struct config *config_get(void)
{
    struct config *c = atomic_load_explicit(&shared, memory_order_acquire);

    if (c != NULL) {
        return c;
    }
    pthread_mutex_lock(&making);
    c = atomic_load_explicit(&shared, memory_order_relaxed);
    if (c == NULL) {
        c = malloc(sizeof(*c));
        if (c == NULL) {
            abort();
        }
        strcpy(c->name, "default");
        c->level = 7;
        made++;
        atomic_store_explicit(&shared, c, memory_order_release);
    }
    pthread_mutex_unlock(&making);
    return c;
}

static void *use(void *unused)
{
    struct config *c = config_get();

    assert(c->level == 7 && strcmp(c->name, "default") == 0);
    return unused;
}

int main(void)
{
    pthread_t t[5];

    for (int i = 0; i < 5; i++) {
        pthread_create(&t[i], NULL, use, NULL);
    }
    for (int i = 0; i < 5; i++) {
        pthread_join(t[i], NULL);
    }
    assert(made == 1);
    free(config_get());
    return 0;
}
