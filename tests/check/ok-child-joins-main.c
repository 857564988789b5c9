/* SPDX-License-Identifier: MIT */
/* Right: main hands its own id to a child and ends by pthread_exit; the
 * child joins main, which is legal, and only then prints main's result. The
 * child is detached, so nobody has to join it. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static int answer; /* main's, until the child has joined it */

static void *child(void *arg)
{
    pthread_t *parent = arg;
    void *result = NULL;

    if (pthread_join(*parent, &result) != 0) {
        exit(1);
    }
    free(parent);
    printf("main left %d at %s address\n", answer,
           result == &answer ? "the right" : "a wrong");
    exit(result == &answer && answer == 42 ? 0 : 1);
}

int main(void)
{
    pthread_t *self = malloc(sizeof(*self));
    pthread_t t;

    if (self == NULL) {
        return 1;
    }
    *self = pthread_self();
    if (pthread_create(&t, NULL, child, self) != 0) {
        return 1;
    }
    pthread_detach(t);
    answer = 42;
    pthread_exit(&answer);
}
