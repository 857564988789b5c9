/* SPDX-License-Identifier: MIT */
/* Wrong: two threads count without a lock. With a hundred steps each the
 * first is done before the second starts, and the sum is right. */
#include <pthread.h>
#include <stdio.h>

int counter;

void *count(void *arg)
{
    for (int i = 0; i < 100; i++) {
        counter++;
    }
    return arg;
}

int main(void)
{
    pthread_t a, b;

    pthread_create(&a, NULL, count, NULL);
    pthread_create(&b, NULL, count, NULL);
    pthread_join(a, NULL);
    pthread_join(b, NULL);
    printf("counter is %d, should be 200\n", counter);
    return 0;
}
