/* SPDX-License-Identifier: MIT */
/* Wrong: door_pass() looks with the lock, gives it back, and takes it again to
 * wait. A door that opens in between wakes nobody. It is a loop, though: a
 * wake-up that nobody sent does no harm. */
#include <pthread.h>
#include <stdbool.h>

enum { PEOPLE = 3 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t opened = PTHREAD_COND_INITIALIZER;
static bool is_open; /* guarded by lock */

static bool door_is_open(void)
{
    bool now;

    pthread_mutex_lock(&lock);
    now = is_open;
    pthread_mutex_unlock(&lock);
    return now;
}

static void *door_pass(void *unused)
{
    while (!door_is_open()) {
        pthread_mutex_lock(&lock);
        pthread_cond_wait(&opened, &lock);
        pthread_mutex_unlock(&lock);
    }
    return unused;
}

int main(void)
{
    pthread_t people[PEOPLE];

    for (int i = 0; i < PEOPLE; i++) {
        pthread_create(&people[i], NULL, door_pass, NULL);
    }
    pthread_mutex_lock(&lock);
    is_open = true;
    pthread_cond_broadcast(&opened);
    pthread_mutex_unlock(&lock);
    for (int i = 0; i < PEOPLE; i++) {
        pthread_join(people[i], NULL);
    }
    return 0;
}
