/* SPDX-License-Identifier: MIT */
/* Wrong: each thread returns its result in memory of its own, and main
 * prints it and forgets to free it. The program is too short to suffer. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

struct result {
    int n;
    unsigned long factorial;
};

static void *factorial(void *arg)
{
    struct result *r = malloc(sizeof(*r));

    if (r == NULL) {
        return NULL;
    }
    r->n = *(int *)arg;
    r->factorial = 1;
    for (int i = 2; i <= r->n; i++) {
        r->factorial *= (unsigned long)i;
    }
    return r;
}

static int print_result(pthread_t t)
{
    void *p = NULL;
    const struct result *r;

    pthread_join(t, &p);
    r = p;
    if (r == NULL) {
        return -1;
    }
    printf("%d! = %lu\n", r->n, r->factorial);
    return 0;
}

int main(void)
{
    int n[3] = {5, 10, 20};
    pthread_t t[3];
    int rc = 0;

    for (int i = 0; i < 3; i++) {
        pthread_create(&t[i], NULL, factorial, &n[i]);
    }
    for (int i = 0; i < 3; i++) {
        rc |= print_result(t[i]);
    }
    return rc != 0;
}
