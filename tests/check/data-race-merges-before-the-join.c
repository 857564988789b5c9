/* SPDX-License-Identifier: MIT */
/* Wrong: a thread sorts one half, main the other, and main begins to merge
 * before the thread has ended. qsort moves the elements inside the library,
 * where no compiler has put a hook. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { COUNT = 40, HALF = COUNT / 2 };

static int numbers[COUNT];

static int compare(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

static void *sort_half(void *half)
{
    qsort(half, HALF, sizeof numbers[0], compare);
    return NULL;
}

int main(void)
{
    pthread_t thread;
    int merged[COUNT];
    int i = 0, k = HALF;

    for (int n = 0; n < COUNT; n++) {
        numbers[n] = rand() % 100;
    }
    pthread_create(&thread, NULL, sort_half, &numbers[HALF]);
    sort_half(numbers);
    for (int n = 0; n < COUNT; n++) {
        int from_first = k == COUNT || (i < HALF && numbers[i] <= numbers[k]);
        merged[n] = from_first ? numbers[i++] : numbers[k++];
    }
    pthread_join(thread, NULL);
    printf("%d\n", merged[0]);
    return 0;
}
