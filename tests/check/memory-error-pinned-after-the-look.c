/* SPDX-License-Identifier: MIT */
/* Wrong: whoever uses the picture counts itself as a user, so that it is not
 * freed meanwhile; but it looks at the pointer first and counts afterwards.
 * If the picture is taken away in between, main sees no user and frees what
 * the viewer is about to read. */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

struct picture {
    int width, height;
};

static _Atomic(struct picture *) shown;
static atomic_int users;

static void *viewer(void *area)
{
    struct picture *p = atomic_load(&shown);

    if (p != NULL) {
        atomic_fetch_add(&users, 1);
        *(int *)area = p->width * p->height;
        atomic_fetch_sub(&users, 1);
    }
    return NULL;
}

static void take_away(void)
{
    struct picture *p = atomic_exchange(&shown, NULL);

    while (atomic_load(&users) > 0) {
        sched_yield();
    }
    free(p);
}

int main(void)
{
    struct picture *p = malloc(sizeof(*p));
    pthread_t t[2];
    int area[2] = {0, 0};

    if (p == NULL) {
        return 1;
    }
    p->width = 4;
    p->height = 3;
    atomic_store(&shown, p);
    for (int i = 0; i < 2; i++) {
        pthread_create(&t[i], NULL, viewer, &area[i]);
    }
    take_away();
    for (int i = 0; i < 2; i++) {
        pthread_join(t[i], NULL);
    }
    printf("%s\n", area[0] <= 12 && area[1] <= 12 ? "seen" : "?");
    return 0;
}
