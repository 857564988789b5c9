/* SPDX-License-Identifier: MIT */
/* Wrong: main looks at `longest` as soon as its own half is searched, before
 * it joins the other thread. Its half is the bigger one, so the other thread
 * has mostly finished. */
#include <pthread.h>
#include <stdio.h>

#define N     20000
#define SMALL 100

int longest; /* longest run found by the thread */

int collatz(long n)
{
    int steps = 0;

    while (n != 1) {
        n = n % 2 == 0 ? n / 2 : 3 * n + 1;
        steps++;
    }
    return steps;
}

int search(long from, long to)
{
    int best = 0;

    for (long n = from; n < to; n++) {
        int steps = collatz(n);
        best = steps > best ? steps : best;
    }
    return best;
}

void *first_part(void *arg)
{
    longest = search(1, SMALL);
    return arg;
}

int main(void)
{
    pthread_t t;
    int best;

    pthread_create(&t, NULL, first_part, NULL);
    best = search(SMALL, N);
    if (longest > best) {
        best = longest;
    }
    pthread_join(t, NULL);
    printf("%d steps\n", best);
    return 0;
}
