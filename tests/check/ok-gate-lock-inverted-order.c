/* SPDX-License-Identifier: MIT */
/* Right: two threads take a and b in opposite orders, but both only while
 * holding the gate, so the second lock is never contested and no deadlock is
 * possible. A checker that looks at pairs of locks alone raises an alarm. */
#include <pthread.h>
#include <stdio.h>

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;
static int in_a = 100; /* guarded by a */
static int in_b = 100; /* guarded by b */

static void move(pthread_mutex_t *first, pthread_mutex_t *second, int *from,
                 int *to)
{
    pthread_mutex_lock(&gate);
    pthread_mutex_lock(first);
    pthread_mutex_lock(second);
    pthread_mutex_unlock(&gate); /* both are ours, others may queue up */
    *from -= 1;
    *to += 1;
    pthread_mutex_unlock(second);
    pthread_mutex_unlock(first);
}

static void *forth(void *unused)
{
    (void)unused;
    for (int i = 0; i < 50; i++) {
        move(&a, &b, &in_a, &in_b);
    }
    return NULL;
}

static void *back(void *unused)
{
    (void)unused;
    for (int i = 0; i < 30; i++) {
        move(&b, &a, &in_b, &in_a);
    }
    return NULL;
}

int main(void)
{
    pthread_t t1, t2;

    pthread_create(&t1, NULL, forth, NULL);
    pthread_create(&t2, NULL, back, NULL);
    pthread_join(t1, NULL);
    pthread_join(t2, NULL);
    printf("a %d, b %d\n", in_a, in_b);
    return in_a == 80 && in_b == 120 ? 0 : 1;
}
