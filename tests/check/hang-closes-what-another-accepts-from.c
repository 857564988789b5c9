/* SPDX-License-Identifier: MIT */
/* Wrong: main closes the listener to end the thread that accepts from it. That
 * wakes nobody, and no client can come any more; shutdown() would have. */
#include <arpa/inet.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static int listener;

static void *serves(void *arg)
{
    int client;

    while ((client = accept(listener, NULL, NULL)) >= 0) {
        close(client);
    }
    return arg;
}

int main(void)
{
    struct sockaddr_in here = {.sin_family = AF_INET};
    pthread_t server;

    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    listener = socket(AF_INET, SOCK_STREAM, 0);
    if (listener < 0 ||
        bind(listener, (struct sockaddr *)&here, sizeof here) != 0 ||
        listen(listener, 4) != 0 ||
        pthread_create(&server, NULL, serves, NULL) != 0) {
        return EXIT_FAILURE;
    }
    usleep(1000); /* it will be waiting by then */
    close(listener);
    pthread_join(server, NULL);
    return 0;
}
