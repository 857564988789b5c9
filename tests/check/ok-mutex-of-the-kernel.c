/* SPDX-License-Identifier: MIT */
/* A mutex with priority inheritance: the kernel writes its word, too. */
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { THREADS = 3, ROUNDS = 3 };

static atomic_int word; /* 0, or the number of the thread that has it */
static int count;       /* guarded by it */

static void lock(void)
{
    int nobody = 0;

    if (!atomic_compare_exchange_strong_explicit(
            &word, &nobody, (int)syscall(SYS_gettid), memory_order_acquire,
            memory_order_relaxed)) {
        syscall(SYS_futex, &word, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0);
    }
}

/* Fails if the kernel has noted there that somebody waits. */
static void unlock(void)
{
    int me = (int)syscall(SYS_gettid);

    if (!atomic_compare_exchange_strong_explicit(
            &word, &me, 0, memory_order_release, memory_order_relaxed)) {
        syscall(SYS_futex, &word, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0);
    }
}

static void *add(void *unused)
{
    for (int i = 0; i < ROUNDS; i++) {
        lock();
        count++;
        unlock();
    }
    return unused;
}

int main(void)
{
    pthread_t threads[THREADS];

    for (int i = 0; i < THREADS; i++) {
        pthread_create(&threads[i], NULL, add, NULL);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    printf("%d\n", count);
    return 0;
}
