/* SPDX-License-Identifier: MIT */
/* Wrong: the worker says "taken" before it has copied all of its request,
 * and main frees the request upon that. The worker is usually quicker, and
 * freed memory often keeps its contents for a while. */
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct request {
    long number, priority;
    char text[48];
};

static sem_t taken;

static void *serve(void *arg)
{
    struct request *r = arg;
    long number = r->number;
    size_t length;

    sem_post(&taken);
    length = strlen(r->text);
    printf("request %ld has %zu letters\n", number, length);
    return NULL;
}

int main(void)
{
    struct request *r = calloc(1, sizeof(*r));
    pthread_t t;

    if (r == NULL) {
        return 1;
    }
    r->number = 17;
    snprintf(r->text, sizeof(r->text), "%s", "please paint it blue");
    sem_init(&taken, 0, 0);
    if (pthread_create(&t, NULL, serve, r) != 0) {
        free(r);
        return 1;
    }
    sem_wait(&taken);
    free(r);
    pthread_join(t, NULL);
    sem_destroy(&taken);
    return 0;
}
