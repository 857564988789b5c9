/* SPDX-License-Identifier: MIT */
/* Right: no synchronisation but the joins: every thread sorts its own slice
 * of one array, main merges afterwards. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define N 4000
#define T 4

int a[N];

static int cmp(const void *x, const void *y)
{
    int i = *(const int *)x, j = *(const int *)y;

    return (i > j) - (i < j);
}

static void *sort(void *slice)
{
    qsort(slice, N / T, sizeof(int), cmp);
    return NULL;
}

int main(void)
{
    pthread_t t[T];
    int at[T], last = -1, bad = 0;
    unsigned x = 12345;

    for (int i = 0; i < N; i++) {
        x = x * 1103515245u + 12345u;
        a[i] = (int)(x >> 16 & 0x7fff);
    }
    for (int i = 0; i < T; i++) {
        pthread_create(&t[i], NULL, sort, &a[i * (N / T)]);
    }
    for (int i = 0; i < T; i++) {
        pthread_join(t[i], NULL);
        at[i] = i * (N / T);
    }
    for (int n = 0; n < N; n++) {
        int best = -1;

        for (int i = 0; i < T; i++) {
            if (at[i] < (i + 1) * (N / T) &&
                (best < 0 || a[at[i]] < a[at[best]])) {
                best = i;
            }
        }
        bad += a[at[best]] < last;
        last = a[at[best]++];
    }
    printf("%s, largest %d\n", bad ? "unsorted" : "sorted", last);
    return bad != 0;
}
