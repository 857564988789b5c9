/* SPDX-License-Identifier: MIT */
/* Right: each thread gets a pointer to a struct of its own on main's stack,
 * reads its task there and writes its answer back. Creating the thread
 * orders the task before it, joining it orders the answer after it, and no
 * two threads share a struct. */
#include <assert.h>
#include <pthread.h>
#include <stdio.h>

#define THREADS 3

struct job {
    int from, to;      /* main's; the thread only reads */
    int sum, products; /* the thread's until it is joined */
};

static void *run(void *arg)
{
    struct job *j = arg;

    j->sum = 0;
    j->products = 1;
    for (int i = j->from; i <= j->to; i++) {
        j->sum += i;
        j->products *= i;
    }
    return j;
}

int main(void)
{
    struct job job[THREADS];
    pthread_t t[THREADS];
    int sum = 0;

    for (int i = 0; i < THREADS; i++) {
        job[i].from = 3 * i + 1;
        job[i].to = 3 * i + 3;
        pthread_create(&t[i], NULL, run, &job[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        void *result;

        pthread_join(t[i], &result);
        assert(result == &job[i]);
        sum += job[i].sum;
    }
    printf("sum %d\n", sum);
    assert(sum == 45);
    assert(job[0].products == 6 && job[1].products == 120);
    return 0;
}
