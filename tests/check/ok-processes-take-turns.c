/* SPDX-License-Identifier: MIT */
/* Two processes take turns, by a condition variable that they share. */
#include <assert.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROUNDS = 3 };

struct board {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int turns; /* taken so far; even: the parent's next */
};

static void play(struct board *b, int me)
{
    for (int i = 0; i < ROUNDS; i++) {
        pthread_mutex_lock(&b->lock);
        while (b->turns % 2 != me) {
            pthread_cond_wait(&b->changed, &b->lock);
        }
        b->turns++;
        pthread_cond_signal(&b->changed);
        pthread_mutex_unlock(&b->lock);
    }
}

int main(void)
{
    struct board *b = mmap(NULL, sizeof *b, PROT_READ | PROT_WRITE,
                           MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_mutexattr_t m;
    pthread_condattr_t c;

    assert(b != MAP_FAILED);
    pthread_mutexattr_init(&m);
    pthread_mutexattr_setpshared(&m, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(&b->lock, &m);
    pthread_condattr_init(&c);
    pthread_condattr_setpshared(&c, PTHREAD_PROCESS_SHARED);
    pthread_cond_init(&b->changed, &c);
    if (fork() == 0) {
        play(b, 1);
        _exit(0);
    }
    play(b, 0);
    wait(NULL);
    assert(b->turns == 2 * ROUNDS);
    return 0;
}
