/* SPDX-License-Identifier: MIT */
/* Right: a thread sorts one half, main the other, and main merges when the
 * thread has ended. It uses what the library reads and writes for its callers:
 * qsort, rand_r, and text. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    unsigned seed = 1;
    char text[COUNT * 4] = "";
    int merged[COUNT];
    int i = 0, k = HALF;

    for (int n = 0; n < COUNT; n++) {
        numbers[n] = rand_r(&seed) % 100;
    }
    pthread_create(&thread, NULL, sort_half, &numbers[HALF]);
    sort_half(numbers);
    pthread_join(thread, NULL);
    for (int n = 0; n < COUNT; n++) {
        int from_first = k == COUNT || (i < HALF && numbers[i] <= numbers[k]);
        merged[n] = from_first ? numbers[i++] : numbers[k++];
    }
    for (int n = 0; n < COUNT; n++) {
        char number[8];
        snprintf(number, sizeof number, "%d ", merged[n]);
        strncat(text, number, sizeof text - strlen(text) - 1);
    }
    puts(text);
    fputs(strrchr(text, ' '), stdout);
    if (atoi(text) != merged[0] || strtol(text, NULL, 10) != merged[0]) {
        return 1;
    }
    return 0;
}
