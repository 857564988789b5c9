/* SPDX-License-Identifier: MIT */
/* Right: more threads than the kit has records for, but never many at a time.
 * Half of them are joined, half are detached and counted out. */
#include <assert.h>
#include <pthread.h>

enum { ROUNDS = 100 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int done; /* guarded by lock */

static void *work(void *unused)
{
    pthread_mutex_lock(&lock);
    done++;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(void)
{
    for (int i = 1; i <= ROUNDS; i++) {
        pthread_t joined, detached;
        assert(pthread_create(&joined, NULL, work, NULL) == 0);
        assert(pthread_create(&detached, NULL, work, NULL) == 0);
        assert(pthread_detach(detached) == 0);
        assert(pthread_join(joined, NULL) == 0);
        pthread_mutex_lock(&lock);
        while (done < 2 * i) {
            pthread_cond_wait(&changed, &lock);
        }
        pthread_mutex_unlock(&lock);
    }
    return 0;
}
