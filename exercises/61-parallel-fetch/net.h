/* SPDX-License-Identifier: MIT */
/* net.h - TCP over the loopback interface. Given, complete: use
 * it, leave it alone.
 *
 * Sleeping in net_accept or recv is sleeping in the kernel: no condition
 * variable wakes it, nor does close(2) of the descriptor. shutdown(2) does. */
#ifndef NET_H
#define NET_H
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

/* An address of this process's own: all of 127.0.0.0/8 is this machine. TCP
 * remembers a closed connection for a minute, and after some ten thousand runs
 * of a test one address would have no port left. */
static inline struct sockaddr_in net_address(int port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET,
        .sin_port = htons((in_port_t)port),
        .sin_addr.s_addr =
            htonl(0x7f400000u | ((unsigned)getpid() & 0x3fffff))};
}

/* Listen at a port that is free. Returns the listener's descriptor, which is
 * closed with close(2), and writes the port; or -1, with errno. */
static inline int net_listen(int *out_port)
{
    struct sockaddr_in at = net_address(0);
    socklen_t length = sizeof(at);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0) {
        return -1;
    }
    if (bind(fd, (struct sockaddr *)&at, sizeof(at)) != 0 ||
        listen(fd, 16) != 0 ||
        getsockname(fd, (struct sockaddr *)&at, &length) != 0) {
        close(fd);
        return -1;
    }
    *out_port = ntohs(at.sin_port);
    return fd;
}

/* Sleep until somebody connects.
 * Returns the connection, a stream socket that is the caller's to close; or -1
 * with errno: EINVAL once shutdown(listener, SHUT_RDWR) has been called, also
 * if that is while this sleeps. Threads: any number on one listener; each
 * connection goes to one of them. */
static inline int net_accept(int listener)
{
    return accept4(listener, NULL, NULL, SOCK_CLOEXEC);
}

/* Connect to the listener at this port. Does not wait for net_accept.
 * Returns the client's end, a stream socket that is the caller's to close; or
 * -1 with errno: ECONNREFUSED if the listener is shut down or closed. */
static inline int net_connect(int port)
{
    struct sockaddr_in to = net_address(port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int error;

    if (fd < 0) {
        return -1;
    }
    if (connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0) {
        error = errno;
        close(fd);
        errno = error;
        return -1;
    }
    return fd;
}
#endif
