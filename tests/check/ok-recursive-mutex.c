/* SPDX-License-Identifier: MIT */
/* Right: a tree walk locks at every level; the mutex is recursive, each lock
 * has its unlock, and a public function may call another one. */
#include <pthread.h>
#include <stdio.h>

struct journal {
    pthread_mutex_t lock; /* recursive; guards the rest */
    int entries, depth, deepest;
};

static void journal_init(struct journal *j)
{
    pthread_mutexattr_t attr;

    pthread_mutexattr_init(&attr);
    pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&j->lock, &attr);
    pthread_mutexattr_destroy(&attr);
    j->entries = j->depth = j->deepest = 0;
}

static void journal_add(struct journal *j)
{
    pthread_mutex_lock(&j->lock);
    j->entries++;
    pthread_mutex_unlock(&j->lock);
}

static void journal_walk(struct journal *j, int levels)
{
    pthread_mutex_lock(&j->lock);
    j->depth++;
    if (j->depth > j->deepest) {
        j->deepest = j->depth;
    }
    if (levels > 1) {
        journal_walk(j, levels - 1);
        journal_walk(j, levels - 1);
    } else {
        journal_add(j);
    }
    j->depth--;
    pthread_mutex_unlock(&j->lock);
}

static void *walk(void *arg)
{
    journal_walk(arg, 5);
    return NULL;
}

int main(void)
{
    struct journal j;
    pthread_t t[3];

    journal_init(&j);
    for (int i = 0; i < 3; i++) {
        pthread_create(&t[i], NULL, walk, &j);
    }
    for (int i = 0; i < 3; i++) {
        pthread_join(t[i], NULL);
    }
    pthread_mutex_destroy(&j.lock);
    printf("%d leaves, depth %d\n", j.entries, j.deepest);
    return j.entries == 48 && j.deepest == 5 ? 0 : 1;
}
