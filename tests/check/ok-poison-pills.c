/* SPDX-License-Identifier: MIT */
/* Right: an unbounded linked queue; after the work main appends one poison
 * pill (NULL) per consumer, so each of them ends. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

struct node {
    struct node *next;
    int *item;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t more = PTHREAD_COND_INITIALIZER;
static struct node *first, **last = &first; /* guarded by lock */

static void push(int *item)
{
    struct node *n = malloc(sizeof(*n));

    if (n == NULL) {
        abort();
    }
    *n = (struct node){NULL, item};
    pthread_mutex_lock(&lock);
    *last = n;
    last = &n->next;
    pthread_cond_signal(&more);
    pthread_mutex_unlock(&lock);
}

static int *pop(void)
{
    struct node *n;
    int *item;

    pthread_mutex_lock(&lock);
    while (first == NULL) {
        pthread_cond_wait(&more, &lock);
    }
    n = first;
    first = n->next;
    if (first == NULL) {
        last = &first;
    }
    pthread_mutex_unlock(&lock);
    item = n->item;
    free(n);
    return item;
}

static void *consumer(void *unused)
{
    long sum = 0;

    (void)unused;
    for (int *item; (item = pop()) != NULL;) {
        sum += *item;
        free(item);
    }
    return (void *)sum;
}

int main(void)
{
    pthread_t t[3];
    long total = 0;

    for (int i = 0; i < 3; i++) {
        pthread_create(&t[i], NULL, consumer, NULL);
    }
    for (int i = 1; i <= 60; i++) {
        int *item = malloc(sizeof(*item));
        if (item == NULL) {
            abort();
        }
        *item = i;
        push(item);
    }
    for (int i = 0; i < 3; i++) {
        push(NULL);
    }
    for (int i = 0; i < 3; i++) {
        void *sum;
        pthread_join(t[i], &sum);
        total += (long)sum;
    }
    printf("%ld\n", total);
    return total == 1830 ? 0 : 1;
}
