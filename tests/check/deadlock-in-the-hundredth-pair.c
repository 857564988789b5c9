/* SPDX-License-Identifier: MIT */
/* Wrong: two threads of one pair take the locks in opposite orders; all the
 * two hundred threads before them take one lock only. */
#include <pthread.h>

enum { PAIRS = 100 };

static pthread_mutex_t left = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t right = PTHREAD_MUTEX_INITIALIZER;
static int moves; /* guarded by left and right together */

static void *visit(void *lock)
{
    pthread_mutex_lock(lock);
    pthread_mutex_unlock(lock);
    return NULL;
}

static void *left_first(void *unused)
{
    pthread_mutex_lock(&left);
    pthread_mutex_lock(&right);
    moves++;
    pthread_mutex_unlock(&right);
    pthread_mutex_unlock(&left);
    return unused;
}

static void *right_first(void *unused)
{
    pthread_mutex_lock(&right);
    pthread_mutex_lock(&left);
    moves--;
    pthread_mutex_unlock(&left);
    pthread_mutex_unlock(&right);
    return unused;
}

static void pair(void *(*a)(void *), void *(*b)(void *))
{
    pthread_t one, two;

    pthread_create(&one, NULL, a, &left);
    pthread_create(&two, NULL, b, &right);
    pthread_join(one, NULL);
    pthread_join(two, NULL);
}

int main(void)
{
    for (int i = 1; i < PAIRS; i++) {
        pair(visit, visit);
    }
    pair(left_first, right_first);
    return 0;
}
