/* SPDX-License-Identifier: MIT */
/* Wrong: C11 threads; the deposits lock, the report reads without. The
 * threads are short and the sum at the end is right. */
#include <stdio.h>
#include <threads.h>

static mtx_t lock;
static long money; /* guarded by lock */

static int deposit(void *arg)
{
    const int *amount = arg;

    for (int i = 0; i < 20; i++) {
        mtx_lock(&lock);
        money += *amount;
        mtx_unlock(&lock);
    }
    return 0;
}

static int report(void *unused)
{
    (void)unused;
    return money >= 0 ? 0 : 1;
}

int main(void)
{
    int one = 1, ten = 10, bad = 0;
    thrd_t a, b, r;

    if (mtx_init(&lock, mtx_plain) != thrd_success) {
        return 1;
    }
    thrd_create(&a, deposit, &one);
    thrd_create(&b, deposit, &ten);
    thrd_create(&r, report, NULL);
    thrd_join(a, NULL);
    thrd_join(b, NULL);
    thrd_join(r, &bad);
    mtx_destroy(&lock);
    printf("%ld\n", money);
    return bad;
}
