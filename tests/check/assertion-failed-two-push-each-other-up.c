/* SPDX-License-Identifier: MIT */
/* Wrong: the shelf was made for what two bidders come to if each of them raises
 * at least once without an answer. It is too small only if they take turns to
 * the end. */
#include <assert.h>
#include <pthread.h>
#include <stddef.h>

enum { BIDS = 9, ROOM = 6765 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int left = 1, right = 1; /* guarded by lock */

static void *bid_left(void *unused)
{
    for (int i = 0; i < BIDS; i++) {
        pthread_mutex_lock(&lock);
        left += right;
        pthread_mutex_unlock(&lock);
    }
    return unused;
}

static void *bid_right(void *unused)
{
    for (int i = 0; i < BIDS; i++) {
        pthread_mutex_lock(&lock);
        right += left;
        pthread_mutex_unlock(&lock);
    }
    return unused;
}

int main(void)
{
    pthread_t a, b;

    pthread_create(&a, NULL, bid_left, NULL);
    pthread_create(&b, NULL, bid_right, NULL);
    pthread_join(a, NULL);
    pthread_join(b, NULL);
    assert(left < ROOM && right < ROOM);
    return 0;
}
