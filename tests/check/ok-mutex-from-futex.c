/* SPDX-License-Identifier: MIT */
/* Right: a mutex of one's own, from a word and futex(2), as in Drepper's
 * "Futexes Are Tricky": 0 free, 1 taken, 2 taken and somebody may wait. */
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

    if (atomic_compare_exchange_strong(&word, &seen, 1)) {
        return;
    }
    while (atomic_exchange(&word, 2) != 0) {
        syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 2, NULL, NULL, 0);
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
