/* SPDX-License-Identifier: MIT */
/* Wrong: a clerk marks in two steps, each under the lock, that a parcel was
 * counted and weighed. The auditor, who is started last, sees the one without
 * the other only while one clerk is between the two and none of the thirty
 * others has come so far. */
#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

enum { CLERKS = 31 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool counted, weighed; /* guarded by lock: something was */

static void mark(bool *what)
{
    pthread_mutex_lock(&lock);
    *what = true;
    pthread_mutex_unlock(&lock);
}

static void *clerk(void *unused)
{
    mark(&counted);
    mark(&weighed);
    return unused;
}

static void *auditor(void *unused)
{
    pthread_mutex_lock(&lock);
    assert(counted == weighed);
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(void)
{
    pthread_t clerks[CLERKS], last;

    for (int i = 0; i < CLERKS; i++) {
        pthread_create(&clerks[i], NULL, clerk, NULL);
    }
    pthread_create(&last, NULL, auditor, NULL);
    for (int i = 0; i < CLERKS; i++) {
        pthread_join(clerks[i], NULL);
    }
    pthread_join(last, NULL);
    return 0;
}
