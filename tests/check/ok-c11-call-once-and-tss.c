/* SPDX-License-Identifier: MIT */
/* Right: C11 call_once makes the key, each thread keeps its own counter
 * under it, and the totals meet in an atomic. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <threads.h>

static once_flag made = ONCE_FLAG_INIT;
static tss_t key;
static atomic_int total, dropped;

static void drop(void *p)
{
    atomic_fetch_add(&total, *(int *)p);
    atomic_fetch_add(&dropped, 1);
    free(p);
}

static void make_key(void)
{
    if (tss_create(&key, drop) != thrd_success) {
        abort();
    }
}

static void count(void)
{
    int *n;

    call_once(&made, make_key);
    n = tss_get(key);
    if (n == NULL) {
        n = calloc(1, sizeof(*n));
        if (n == NULL || tss_set(key, n) != thrd_success) {
            abort();
        }
    }
    ++*n;
}

static int run(void *unused)
{
    (void)unused;
    for (int i = 0; i < 25; i++) {
        count();
    }
    return 0;
}

int main(void)
{
    thrd_t t[4];

    for (int i = 0; i < 4; i++) {
        if (thrd_create(&t[i], run, NULL) != thrd_success) {
            return 1;
        }
    }
    for (int i = 0; i < 4; i++) {
        thrd_join(t[i], NULL);
    }
    printf("%d counted by %d threads\n", atomic_load(&total),
           atomic_load(&dropped));
    return atomic_load(&total) == 100 ? 0 : 1;
}
