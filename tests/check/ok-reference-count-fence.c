/* SPDX-License-Identifier: MIT */
/* Right: a reference is dropped with release only, and whoever drops the
 * last one makes an acquire fence before it frees. The last subtraction
 * reads from the release sequences of all the others, so with the fence each
 * thread's use of the block happens before the free. */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define USERS 3

struct sheet {
    atomic_int references;
    int line[USERS]; /* each user writes one */
};

static atomic_int freed;

static void sheet_put(struct sheet *s)
{
    if (atomic_fetch_sub_explicit(&s->references, 1, memory_order_release) ==
        1) {
        atomic_thread_fence(memory_order_acquire);
        for (int i = 0; i < USERS; i++) {
            assert(s->line[i] == i + 1);
        }
        free(s);
        atomic_fetch_add_explicit(&freed, 1, memory_order_relaxed);
    }
}

struct user {
    struct sheet *sheet;
    int number;
};

static void *use(void *arg)
{
    struct user *u = arg;

    u->sheet->line[u->number] = u->number + 1;
    sheet_put(u->sheet);
    return NULL;
}

int main(void)
{
    struct sheet *s = malloc(sizeof(*s));
    struct user user[USERS];
    pthread_t t[USERS];

    if (s == NULL) {
        return 1;
    }
    atomic_init(&s->references, USERS);
    for (int i = 0; i < USERS; i++) {
        user[i] = (struct user){s, i};
        pthread_create(&t[i], NULL, use, &user[i]);
    }
    for (int i = 0; i < USERS; i++) {
        pthread_join(t[i], NULL);
    }
    printf("freed %d time(s)\n", atomic_load(&freed));
    assert(atomic_load(&freed) == 1);
    return 0;
}
