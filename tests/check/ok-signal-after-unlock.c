/* SPDX-License-Identifier: MIT */
/* Right: the turn changes under the lock and the signal follows after the
 * unlock. The predicate is checked in a loop under the lock, so no wake-up
 * can be lost; Helgrind's remark about it is one of style. */
#include <pthread.h>
#include <stdio.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t turned = PTHREAD_COND_INITIALIZER;
static int turn; /* guarded by lock: 0 ping, 1 pong */
static int played;

static void *player(void *arg)
{
    const int me = *(const int *)arg;

    for (int i = 0; i < 20; i++) {
        pthread_mutex_lock(&lock);
        while (turn != me) {
            pthread_cond_wait(&turned, &lock);
        }
        puts(me == 0 ? "ping" : "  pong");
        played++;
        turn = !me;
        pthread_mutex_unlock(&lock);
        pthread_cond_signal(&turned);
    }
    return NULL;
}

int main(void)
{
    static const int id[2] = {0, 1};
    pthread_t t[2];

    pthread_create(&t[0], NULL, player, (void *)&id[0]);
    pthread_create(&t[1], NULL, player, (void *)&id[1]);
    pthread_join(t[0], NULL);
    pthread_join(t[1], NULL);
    return played == 40 ? 0 : 1;
}
