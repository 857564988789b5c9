/* SPDX-License-Identifier: MIT */
/* Wrong: an echo server has one buffer for all its threads. Nobody but read and
 * write ever touches it, and with one client at a time all is well. */
#include <assert.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CLIENTS = 2 };

static char buffer[64];

static void *serve(void *arg)
{
    int fd = *(int *)arg;
    ssize_t n;

    while ((n = read(fd, buffer, sizeof buffer)) > 0) {
        if (write(fd, buffer, (size_t)n) != n) {
            break;
        }
    }
    close(fd);
    return NULL;
}

int main(void)
{
    pthread_t servers[CLIENTS];
    int ends[CLIENTS][2];
    char answer[4];

    for (int i = 0; i < CLIENTS; i++) {
        assert(socketpair(AF_UNIX, SOCK_STREAM, 0, ends[i]) == 0);
        pthread_create(&servers[i], NULL, serve, &ends[i][1]);
    }
    for (int i = 0; i < CLIENTS; i++) {
        assert(write(ends[i][0], "ping", 4) == 4);
    }
    for (int i = 0; i < CLIENTS; i++) {
        assert(read(ends[i][0], answer, 4) == 4);
        close(ends[i][0]);
    }
    for (int i = 0; i < CLIENTS; i++) {
        pthread_join(servers[i], NULL);
    }
    return 0;
}
