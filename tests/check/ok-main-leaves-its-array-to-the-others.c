/* SPDX-License-Identifier: MIT */
/* Right, and in many textbooks: main leaves by pthread_exit, and the threads
 * go on with what is on its stack, which is there as long as the process. */
#include <pthread.h>
#include <stdio.h>

enum { COUNT = 3 };

static void *show(void *number)
{
    printf("%d\n", *(const int *)number);
    return NULL;
}

int main(void)
{
    int numbers[COUNT] = {1, 2, 3};
    pthread_t t;

    for (int i = 0; i < COUNT; i++) {
        pthread_create(&t, NULL, show, &numbers[i]);
        pthread_detach(t);
    }
    pthread_exit(NULL);
}
