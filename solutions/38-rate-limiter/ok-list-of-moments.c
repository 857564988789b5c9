/* SPDX-License-Identifier: MIT */
/* Right: the moments are a list that grows and shrinks, as a deque in Python
 * would. What is older than a window is dropped; what is left may not be
 * more than max_calls. All nodes come with the limiter, so none can be
 * missing. */
#include "limiter.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "moment.h"

struct node {
    int64_t given_ns;
    struct node *next;
};

struct limiter {
    int64_t window_ns; /* constant after create */

    pthread_mutex_t lock; /* guards every field below */
    pthread_cond_t shut;  /* broadcast: closed */
    struct node *unused;  /* as many as permits may still be given */
    struct node *first;   /* the oldest permit in the window */
    struct node **end;    /* where the next one is hung */
    bool closed;          /* goes true once, never back */
    struct node nodes[];  /* each in one of the two lists */
};

struct limiter *limiter_create(unsigned max_calls, unsigned window_ms)
{
    struct limiter *l;

    if (max_calls == 0 || window_ms == 0) {
        return NULL;
    }
    l = calloc(1, sizeof(*l) + max_calls * sizeof(l->nodes[0]));
    if (l == NULL) {
        return NULL;
    }
    l->end = &l->first;
    l->window_ns = (int64_t)window_ms * 1000000;
    for (size_t i = 0; i < max_calls; i++) {
        l->nodes[i].next = l->unused;
        l->unused = &l->nodes[i];
    }
    pthread_mutex_init(&l->lock, NULL);
    pthread_cond_init(&l->shut, NULL);
    return l;
}

/* Give a permit if there is one. Otherwise false, and *next_ns is the moment
 * when there will be one, unless somebody else takes it. */
static bool give_locked(struct limiter *l, int64_t *next_ns)
{
    int64_t now_ns = moment_now();
    struct node *node;

    while (l->first != NULL && now_ns - l->first->given_ns >= l->window_ns) {
        node = l->first;
        l->first = node->next;
        node->next = l->unused;
        l->unused = node;
    }
    if (l->first == NULL) {
        l->end = &l->first;
    }
    node = l->unused;
    if (node == NULL) {
        *next_ns = l->first->given_ns + l->window_ns;
        return false;
    }
    l->unused = node->next;
    node->given_ns = now_ns;
    node->next = NULL;
    *l->end = node;
    l->end = &node->next;
    return true;
}

int limiter_acquire(struct limiter *l)
{
    int64_t next_ns;
    int rc;

    pthread_mutex_lock(&l->lock);
    /* Looking and taking are one step. The wait lets go of the lock, so after
     * it all is looked at anew. */
    while (!l->closed && !give_locked(l, &next_ns)) {
        struct timespec until = moment_as_timespec(next_ns);

        (void)pthread_cond_clockwait(&l->shut, &l->lock, CLOCK_MONOTONIC,
                                     &until);
    }
    rc = l->closed ? ESHUTDOWN : 0;
    pthread_mutex_unlock(&l->lock);
    return rc;
}

int limiter_try(struct limiter *l)
{
    int64_t next_ns;
    int rc = ESHUTDOWN;

    pthread_mutex_lock(&l->lock);
    if (!l->closed) {
        rc = give_locked(l, &next_ns) ? 0 : EAGAIN;
    }
    pthread_mutex_unlock(&l->lock);
    return rc;
}

void limiter_close(struct limiter *l)
{
    pthread_mutex_lock(&l->lock);
    l->closed = true;
    pthread_cond_broadcast(&l->shut);
    pthread_mutex_unlock(&l->lock);
}

void limiter_destroy(struct limiter *l)
{
    pthread_cond_destroy(&l->shut);
    pthread_mutex_destroy(&l->lock);
    free(l);
}
