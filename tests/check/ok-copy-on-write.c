/* SPDX-License-Identifier: MIT */
/* Right: prices that are read far more often than changed. A writer copies
 * the list, changes the copy and publishes it with release, so a reader's
 * acquire load gives it a list that nobody changes any more. Writers take
 * turns by a mutex; old lists are freed after the joins, when no reader can
 * have one. */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

struct prices {
    struct prices *older; /* constant once published, like the rest */
    int tea, coffee;      /* coffee is always tea + 5 */
};

static _Atomic(struct prices *) current;
static pthread_mutex_t changing = PTHREAD_MUTEX_INITIALIZER;

static void prices_raise(int by)
{
    struct prices *new = malloc(sizeof(*new));
    struct prices *old;

    if (new == NULL) {
        abort();
    }
    pthread_mutex_lock(&changing);
    old = atomic_load_explicit(&current, memory_order_relaxed);
    *new = *old;
    new->tea += by;
    new->coffee += by;
    new->older = old;
    atomic_store_explicit(&current, new, memory_order_release);
    pthread_mutex_unlock(&changing);
}

static void *writer(void *by)
{
    prices_raise(*(const int *)by);
    return NULL;
}

static void *reader(void *unused)
{
    for (int i = 0; i < 2; i++) {
        const struct prices *p =
            atomic_load_explicit(&current, memory_order_acquire);
        assert(p->coffee == p->tea + 5);
    }
    return unused;
}

int main(void)
{
    static struct prices first = {NULL, 20, 25};
    int by[2] = {1, 10};
    pthread_t t[4];
    struct prices *p;

    atomic_init(&current, &first);
    for (int i = 0; i < 2; i++) {
        pthread_create(&t[i], NULL, writer, &by[i]);
        pthread_create(&t[2 + i], NULL, reader, NULL);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(t[i], NULL);
    }
    p = atomic_load(&current);
    printf("tea %d, coffee %d\n", p->tea, p->coffee);
    assert(p->tea == 31);
    while (p != &first) {
        struct prices *older = p->older;
        free(p);
        p = older;
    }
    return 0;
}
