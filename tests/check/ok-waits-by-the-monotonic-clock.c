/* SPDX-License-Identifier: MIT */
/* Right: a lock, a read-write lock and a join, each with a limit on the
 * monotonic clock that is far away. No tool knows all of these calls. */
#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <time.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t shelf = PTHREAD_RWLOCK_INITIALIZER;
static int turns; /* guarded by lock */
static int books; /* guarded by shelf */
static int done;  /* the last thread's, until it is joined */

static struct timespec soon_enough(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += 1000;
    return t;
}

static void *work(void *arg)
{
    struct timespec until = soon_enough();

    assert(pthread_mutex_clocklock(&lock, CLOCK_MONOTONIC, &until) == 0);
    turns++;
    pthread_mutex_unlock(&lock);
    assert(pthread_rwlock_clockwrlock(&shelf, CLOCK_MONOTONIC, &until) == 0);
    books++;
    pthread_rwlock_unlock(&shelf);
    assert(pthread_rwlock_clockrdlock(&shelf, CLOCK_MONOTONIC, &until) == 0);
    assert(books > 0);
    pthread_rwlock_unlock(&shelf);
    return arg;
}

static void *finish(void *arg)
{
    done = 1;
    return arg;
}

int main(void)
{
    struct timespec until = soon_enough();
    pthread_t t[3];

    pthread_create(&t[0], NULL, work, NULL);
    pthread_create(&t[1], NULL, work, NULL);
    pthread_create(&t[2], NULL, finish, NULL);
    for (int i = 0; i < 3; i++) {
        assert(pthread_clockjoin_np(t[i], NULL, CLOCK_MONOTONIC, &until) == 0);
    }
    assert(turns == 2 && books == 2 && done == 1);
    puts("done");
    return 0;
}
