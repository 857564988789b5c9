/* SPDX-License-Identifier: MIT */
/* Right: a server whose clients are other programs. It serves for ever. */
#include <assert.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

static void *serve(void *arg)
{
    close((int)(intptr_t)arg);
    return NULL;
}

int main(void)
{
    struct sockaddr_in any = {.sin_family = AF_INET};
    int server = socket(AF_INET, SOCK_STREAM, 0);

    any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert(bind(server, (struct sockaddr *)&any, sizeof any) == 0);
    assert(listen(server, 3) == 0);
    for (;;) {
        int client = accept(server, NULL, NULL);
        pthread_t t;
        assert(client >= 0);
        assert(pthread_create(&t, NULL, serve, (void *)(intptr_t)client) == 0);
        pthread_detach(t);
    }
}
