/* SPDX-License-Identifier: MIT */
/* ldflags: -latomic */
/* Wrong: the exchange that puts a letter into the box is relaxed, so its pages
 * are not published with it. */
#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

enum { LETTERS = 3 };

struct letter {
    struct letter *next;
    int pages;
};

struct top {
    struct letter *first;
    uintptr_t changes;
};

static _Atomic struct top box;
static struct letter letters[LETTERS];

static void post(struct letter *l)
{
    struct top old = atomic_load(&box), new;

    do {
        l->next = old.first;
        new = (struct top){l, old.changes + 1};
    } while (!atomic_compare_exchange_weak_explicit(
        &box, &old, new, memory_order_relaxed, memory_order_relaxed));
}

static struct letter *collect(void)
{
    struct top old = atomic_load(&box), new;

    do {
        if (old.first == NULL) {
            return NULL;
        }
        new = (struct top){old.first->next, old.changes + 1};
    } while (!atomic_compare_exchange_weak(&box, &old, new));
    return old.first;
}

static void *write_letters(void *unused)
{
    for (int i = 0; i < LETTERS; i++) {
        letters[i].pages = i + 1;
        post(&letters[i]);
    }
    return unused;
}

static void *read_letters(void *arg)
{
    int *pages = arg;

    for (int read = 0; read < LETTERS;) {
        struct letter *l = collect();
        if (l == NULL) {
            sched_yield();
        } else {
            *pages += l->pages;
            read++;
        }
    }
    return NULL;
}

int main(void)
{
    pthread_t writer, reader;
    int pages = 0;

    pthread_create(&writer, NULL, write_letters, NULL);
    pthread_create(&reader, NULL, read_letters, &pages);
    pthread_join(writer, NULL);
    pthread_join(reader, NULL);
    assert(pages == 6);
    return 0;
}
