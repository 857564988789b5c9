/* SPDX-License-Identifier: MIT */
/* Wrong: a mutex of one's own that forgets that somebody waits: after it was
 * woken it takes the lock as 1, though others may sleep on. With two threads
 * that never shows. */
#include <assert.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

static atomic_int word;
static int count; /* guarded by word */

static void lock(void)
{
    int seen = 0;

    while (!atomic_compare_exchange_strong(&word, &seen, 1)) {
        if (seen == 2 || atomic_compare_exchange_strong(&word, &seen, 2)) {
            syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 2, NULL, NULL, 0);
        }
        seen = 0;
    }
}

static void unlock(void)
{
    if (atomic_exchange(&word, 0) == 2) {
        syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
    }
}

static void *add(void *arg)
{
    for (int i = 0; i < 5; i++) {
        lock();
        count++;
        unlock();
    }
    return arg;
}

int main(void)
{
    pthread_t t[3];

    for (int i = 0; i < 3; i++) {
        pthread_create(&t[i], NULL, add, NULL);
    }
    for (int i = 0; i < 3; i++) {
        pthread_join(t[i], NULL);
    }
    assert(count == 15);
    puts("done");
    return 0;
}
