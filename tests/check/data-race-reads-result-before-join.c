/* SPDX-License-Identifier: MIT */
/* Wrong: main prints the worker's sum and joins it afterwards. Main has more
 * to do than the worker, so the right number is mostly there already. */
#include <pthread.h>
#include <stdio.h>

struct part {
    int from, to;
    long sum;
};

static void *sum_up(void *arg)
{
    struct part *p = arg;
    long sum = 0;

    for (int i = p->from; i < p->to; i++) {
        sum += i;
    }
    p->sum = sum;
    return NULL;
}

int main(void)
{
    struct part mine = {100, 3000000, 0}, yours = {0, 100, 0};
    pthread_t t;
    long total;

    if (pthread_create(&t, NULL, sum_up, &yours) != 0) {
        return 1;
    }
    sum_up(&mine);
    total = mine.sum + yours.sum;
    pthread_join(t, NULL);
    printf("total %ld\n", total);
    return 0;
}
