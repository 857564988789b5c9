/* SPDX-License-Identifier: MIT */
/* Right: one buffer goes back and forth between two threads. What was written
 * to a pipe has been read from the buffer by then: whoever got it may use the
 * buffer, and says by another pipe that it is full again. */
#include <assert.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 5 };

static char buffer[16];
static struct timespec stamp;
static int there[2], back[2];

static void *answers(void *unused)
{
    char got[sizeof buffer];

    for (int i = 0; i < ROUNDS; i++) {
        assert(read(there[0], got, sizeof got) == sizeof got);
        memset(buffer, got[0] + 1, sizeof buffer);
        clock_gettime(CLOCK_MONOTONIC, &stamp);
        assert(write(back[1], "", 1) == 1);
    }
    return unused;
}

int main(void)
{
    struct pollfd p;
    pthread_t t;

    assert(pipe(there) == 0 && pipe(back) == 0);
    p = (struct pollfd){back[0], POLLIN, 0};
    pthread_create(&t, NULL, answers, NULL);
    for (int i = 0; i < ROUNDS; i++) {
        char word;
        memset(buffer, 2 * i, sizeof buffer);
        clock_gettime(CLOCK_MONOTONIC, &stamp);
        assert(write(there[1], buffer, sizeof buffer) == sizeof buffer);
        assert(poll(&p, 1, -1) == 1 && read(back[0], &word, 1) == 1);
        assert(buffer[sizeof buffer - 1] == 2 * i + 1);
    }
    pthread_join(t, NULL);
    return 0;
}
