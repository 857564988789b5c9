/* SPDX-License-Identifier: MIT */
/* Wrong: nobody calls pthread_spin_init. */
#include <pthread.h>
#include <stddef.h>

static pthread_spinlock_t lock;
static int count;

static void *add(void *arg)
{
    pthread_spin_lock(&lock);
    count++;
    pthread_spin_unlock(&lock);
    return arg;
}

int main(void)
{
    pthread_t t;

    pthread_create(&t, NULL, add, NULL);
    add(NULL);
    pthread_join(t, NULL);
    return count - 2;
}
