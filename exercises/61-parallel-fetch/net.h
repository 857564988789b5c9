/* SPDX-License-Identifier: MIT */
/* net.h - a network that fits into one process. Given, complete: use it,
 * leave it alone.
 *
 * The grader runs programs without a network. So here a listener is one end of
 * a pair of local sockets, and to connect is to pass it one end of a new pair.
 * What threads see of it is as with TCP, call by call:
 *
 *     net_listen    socket, bind, listen
 *     net_accept    accept
 *     net_connect   socket, connect
 *     recv, send, shutdown, close    the same, they are real sockets
 *
 * Sleeping in net_accept or recv is sleeping in the kernel: no condition
 * variable wakes it, nor does close(2) of the descriptor. shutdown(2) does. */
#ifndef NET_H
#define NET_H
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/* Make a listener, and a port by which it can be reached.
 * Returns the listener's descriptor and writes the port's; or -1, with errno.
 * Both are closed with close(2). */
static inline int net_listen(int *out_port)
{
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
        return -1;
    }
    *out_port = pair[1];
    return pair[0];
}

/* One descriptor, as the kernel wants it to be sent along. */
union net_parcel {
    struct cmsghdr align;
    char space[CMSG_SPACE(sizeof(int))];
};

/* Sleep until somebody connects.
 * Returns the connection, a stream socket that is the caller's to close; or -1
 * with errno: EINVAL once shutdown(listener, SHUT_RDWR) has been called, also
 * if that is while this sleeps (somebody who had connected before may still be
 * returned first). Threads: any number on one listener; each connection goes
 * to one of them. */
static inline int net_accept(int listener)
{
    char hello = 0;
    struct iovec iov = {&hello, 1};
    union net_parcel parcel = {.space = {0}};
    struct msghdr m = {.msg_iov = &iov,
                       .msg_iovlen = 1,
                       .msg_control = parcel.space,
                       .msg_controllen = sizeof(parcel.space)};
    ssize_t n = recvmsg(listener, &m, MSG_CMSG_CLOEXEC);
    struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&m) : NULL;
    int fd = -1;

    if (n < 0) {
        return -1;
    }
    if (c == NULL) {
        errno = EINVAL; /* the end: nobody will connect any more */
        return -1;
    }
    memcpy(&fd, CMSG_DATA(c), sizeof(fd));
    return fd;
}

/* Connect to the listener of this port. Does not wait for net_accept.
 * Returns the client's end, a stream socket that is the caller's to close; or
 * -1 with errno: ECONNREFUSED if the listener is shut down or closed. */
static inline int net_connect(int port)
{
    char hello = 'h';
    struct iovec iov = {&hello, 1};
    union net_parcel parcel = {.space = {0}};
    struct msghdr m = {.msg_iov = &iov,
                       .msg_iovlen = 1,
                       .msg_control = parcel.space,
                       .msg_controllen = sizeof(parcel.space)};
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    int pair[2];
    ssize_t n = 0;
    int error = 0;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
        return -1;
    }
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(c), &pair[1], sizeof(int));
    n = sendmsg(port, &m, MSG_NOSIGNAL);
    error = errno;
    close(pair[1]);
    if (n < 0) {
        close(pair[0]);
        errno = error == EPIPE || error == ECONNRESET ? ECONNREFUSED : error;
        return -1;
    }
    return pair[0];
}
#endif
