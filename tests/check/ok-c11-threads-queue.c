/* SPDX-License-Identifier: MIT */
/* Right: C11 threads only: a one-place mailbox with mtx_t and cnd_t, waits
 * in loops, results by thrd_join. A tool that does not know threads.h may
 * see races here that are none. */
#include <stdio.h>
#include <threads.h>

struct slot {
    mtx_t lock; /* guards full, value */
    cnd_t changed;
    int full, value;
};

static struct slot slot;

static int producer(void *arg)
{
    int n = *(int *)arg;

    for (int i = n; i >= 0; i--) {
        mtx_lock(&slot.lock);
        while (slot.full) {
            cnd_wait(&slot.changed, &slot.lock);
        }
        slot.value = i;
        slot.full = 1;
        cnd_broadcast(&slot.changed);
        mtx_unlock(&slot.lock);
    }
    return 0;
}

static int consumer(void *arg)
{
    int sum = 0, v;

    (void)arg;
    do {
        mtx_lock(&slot.lock);
        while (!slot.full) {
            cnd_wait(&slot.changed, &slot.lock);
        }
        v = slot.value;
        slot.full = 0;
        cnd_broadcast(&slot.changed);
        mtx_unlock(&slot.lock);
        sum += v;
    } while (v != 0);
    return sum;
}

int main(void)
{
    thrd_t p, c;
    int n = 40, sum = 0;

    if (mtx_init(&slot.lock, mtx_plain) != thrd_success ||
        cnd_init(&slot.changed) != thrd_success) {
        return 1;
    }
    if (thrd_create(&p, producer, &n) != thrd_success ||
        thrd_create(&c, consumer, NULL) != thrd_success) {
        return 1;
    }
    thrd_join(p, NULL);
    thrd_join(c, &sum);
    cnd_destroy(&slot.changed);
    mtx_destroy(&slot.lock);
    printf("sum %d\n", sum);
    return sum == 820 ? 0 : 1;
}
