/* SPDX-License-Identifier: MIT */
/* Wrong: start() hands the thread a pointer to its own local variable and
 * returns; a thread that starts late reads what is left of that stack. The
 * greeting printed before the return gives it time to start. */
#include <pthread.h>
#include <stdio.h>

struct range {
    int from, to;
};

static void *add(void *arg)
{
    const struct range *r = arg;
    int from = r->from, to = r->to;
    long sum = 0;

    for (int i = from; i <= to; i++) {
        sum += i;
    }
    return (void *)sum;
}

static int start(pthread_t *t, int from, int to)
{
    struct range r = {from, to};
    int rc = pthread_create(t, NULL, add, &r);

    for (int i = 0; i < 40; i++) {
        printf("starting%s", i < 39 ? "." : "\n");
        fflush(stdout);
    }
    return rc;
}

int main(void)
{
    pthread_t t;
    void *sum = NULL;

    if (start(&t, 1, 100) != 0) {
        return 1;
    }
    pthread_join(t, &sum);
    printf("sum %ld\n", (long)sum);
    return 0;
}
