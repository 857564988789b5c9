/* SPDX-License-Identifier: MIT */
/* Wrong: names are added under the lock, but list_length walks the list
 * without it while others still add. Adding at the head changes one pointer,
 * so the walk never crashes. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

struct node {
    struct node *next;
    int value;
};

struct list {
    pthread_mutex_t lock;
    struct node *head; /* guarded by lock */
};

static struct list list = {PTHREAD_MUTEX_INITIALIZER, NULL};

static void list_add(struct list *l, int value)
{
    struct node *n = malloc(sizeof(*n));

    if (n == NULL) {
        abort();
    }
    n->value = value;
    pthread_mutex_lock(&l->lock);
    n->next = l->head;
    l->head = n;
    pthread_mutex_unlock(&l->lock);
}

static int list_length(struct list *l)
{
    int length = 0;

    for (struct node *n = l->head; n != NULL; n = n->next) {
        length++;
    }
    return length;
}

static void *adder(void *arg)
{
    for (int i = 0; i < 10; i++) {
        list_add(&list, i);
    }
    return arg;
}

int main(void)
{
    pthread_t t[2];
    int before, after;

    for (int i = 0; i < 2; i++) {
        pthread_create(&t[i], NULL, adder, NULL);
    }
    before = list_length(&list);
    for (int i = 0; i < 2; i++) {
        pthread_join(t[i], NULL);
    }
    after = list_length(&list);
    while (list.head != NULL) {
        struct node *n = list.head;
        list.head = n->next;
        free(n);
    }
    printf("%s, %d at the end\n", before <= after ? "grew" : "shrank", after);
    return 0;
}
