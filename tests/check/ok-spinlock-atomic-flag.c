/* SPDX-License-Identifier: MIT */
/* Right: a spinlock from atomic_flag that gives the processor away while it
 * is taken; critical sections are a few instructions, so the spinning ends. */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>

static atomic_flag busy = ATOMIC_FLAG_INIT;
static unsigned long hits, checksum; /* guarded by busy */

static void spin_lock(atomic_flag *f)
{
    while (atomic_flag_test_and_set_explicit(f, memory_order_acquire)) {
        sched_yield();
    }
}

static void spin_unlock(atomic_flag *f)
{
    atomic_flag_clear_explicit(f, memory_order_release);
}

static void *work(void *arg)
{
    unsigned long step = (unsigned long)arg;

    for (int i = 0; i < 500; i++) {
        spin_lock(&busy);
        hits++;
        checksum += step;
        spin_unlock(&busy);
    }
    return NULL;
}

int main(void)
{
    pthread_t a, b, c;

    pthread_create(&a, NULL, work, (void *)1UL);
    pthread_create(&b, NULL, work, (void *)10UL);
    pthread_create(&c, NULL, work, (void *)100UL);
    pthread_join(a, NULL);
    pthread_join(b, NULL);
    pthread_join(c, NULL);
    printf("%lu hits, checksum %lu\n", hits, checksum);
    return hits == 1500 && checksum == 500 * 111 ? 0 : 1;
}
