/* SPDX-License-Identifier: MIT */
/* wrap_io.c - calls on one descriptor that may wait for it, and those that
 * others may wait for: read..., write..., connect, shutdown, close.
 *
 * io.c has the theory. A call that takes waits until something is there, and
 * is then made as it is. A call that gives to a pipe or socket does so bit by
 * bit: each time what there is room for. */
#include "io.h"
#include "network.h"
#include "scheduler.h"
#include "wrap.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { PIECES = 32 }; /* of a writev that may be sent bit by bit */
#define NS 1000000000ull

REAL(ssize_t, read, (int, void *, size_t));
REAL(ssize_t, readv, (int, const struct iovec *, int));
REAL(ssize_t, recv, (int, void *, size_t, int));
REAL(ssize_t, recvfrom,
     (int, void *, size_t, int, struct sockaddr *, socklen_t *));
REAL(ssize_t, recvmsg, (int, struct msghdr *, int));
REAL(int, accept, (int, struct sockaddr *, socklen_t *));
REAL(int, accept4, (int, struct sockaddr *, socklen_t *, int));
REAL(ssize_t, write, (int, const void *, size_t));
REAL(ssize_t, writev, (int, const struct iovec *, int));
REAL(ssize_t, send, (int, const void *, size_t, int));
REAL(ssize_t, sendto,
     (int, const void *, size_t, int, const struct sockaddr *, socklen_t));
REAL(ssize_t, sendmsg, (int, const struct msghdr *, int));
REAL(int, connect, (int, const struct sockaddr *, socklen_t));
REAL(int, shutdown, (int, int));
REAL(int, close, (int));
REAL(int, eventfd_read, (int, eventfd_t *));
REAL(int, eventfd_write, (int, eventfd_t));

/* -- taking ---------------------------------------------------------------
 */

/* The time limit that a socket may have, as a deadline. */
static uint64_t deadline_of(int fd, short events)
{
    struct timeval limit = {0, 0};
    socklen_t size = sizeof limit;

    getsockopt(fd, SOL_SOCKET, events == POLLIN ? SO_RCVTIMEO : SO_SNDTIMEO,
               &limit, &size);
    if (limit.tv_sec == 0 && limit.tv_usec == 0) {
        return SCHED_NEVER;
    }
    return sched_now() + (uint64_t)limit.tv_sec * NS +
           (uint64_t)limit.tv_usec * 1000;
}

/* As io_until_ready, with the limit that a socket has. */
static bool until_ready(struct io_call *c, int *fd, short events)
{
    return io_goes_on(*fd, events) ||
           io_until_ready(c, fd, events, deadline_of(*fd, events));
}

/* A new connection. */
static int prompt(int fd)
{
    if (fd >= 0 && sched_on()) {
        network_prompt(fd);
    }
    return fd;
}

/* Into one buffer after the other goes what was taken. */
static void scatter(const struct io_call *c, const struct iovec *iov, size_t n,
                    ssize_t rc)
{
    size_t left = rc > 0 ? (size_t)rc : 0;

    for (size_t i = 0; i < n && left > 0; i++) {
        size_t size = left < iov[i].iov_len ? left : iov[i].iov_len;
        io_writes(c, iov[i].iov_base, (ssize_t)size);
        left -= size;
    }
}

/* `rc` bytes of `vector`, which has `count` parts, are filled. */
#define TAKES(type, name, params, call, at_once, vector, count) \
    type __wrap_##name params                                   \
    {                                                           \
        struct io_call c = IO_CALL(name, fd, false);            \
        type rc = -1;                                           \
        if (!io_begin(&c)) {                                    \
            return call;                                        \
        }                                                       \
        if ((at_once) || until_ready(&c, &fd, POLLIN)) {        \
            rc = call;                                          \
        }                                                       \
        io_end(&c, rc);                                         \
        scatter(&c, (vector), (size_t)(count), rc);             \
        return rc;                                              \
    }
#define ONE(buf, size) (&(struct iovec){(void *)(uintptr_t)(buf), (size)})

TAKES(ssize_t, read, (int fd, void *buf, size_t n), __real_read(fd, buf, n),
      n == 0, ONE(buf, n), 1)
TAKES(ssize_t, readv, (int fd, const struct iovec *iov, int n),
      __real_readv(fd, iov, n), n <= 0, iov, n)
TAKES(ssize_t, recvfrom,
      (int fd, void *buf, size_t n, int flags, struct sockaddr *from,
       socklen_t *size),
      __real_recvfrom(fd, buf, n, flags, from, size),
      (flags & MSG_DONTWAIT) != 0, ONE(buf, n), 1)
TAKES(ssize_t, recvmsg, (int fd, struct msghdr *m, int flags),
      __real_recvmsg(fd, m, flags), (flags & MSG_DONTWAIT) != 0, m->msg_iov,
      m->msg_iovlen)
TAKES(int, accept, (int fd, struct sockaddr *from, socklen_t *size),
      prompt(__real_accept(fd, from, size)), false, NULL, 0)
TAKES(int, accept4, (int fd, struct sockaddr *from, socklen_t *size, int flags),
      prompt(__real_accept4(fd, from, size, flags)), false, NULL, 0)

/* MSG_WAITALL under control: piece by piece, until there is all or the end. */
static ssize_t receive(struct io_call *c, int fd, char *buf, size_t n,
                       int flags)
{
    bool all = sched_on() && (flags & MSG_WAITALL) != 0;
    size_t got = 0;
    ssize_t rc;

    do {
        if ((flags & MSG_DONTWAIT) == 0 && !until_ready(c, &fd, POLLIN)) {
            return got > 0 ? (ssize_t)got : -1;
        }
        rc = __real_recv(fd, buf + got, n - got,
                         all ? (flags & ~MSG_WAITALL) | MSG_DONTWAIT : flags);
        got += rc > 0 ? (size_t)rc : 0;
    } while (all && rc > 0 && got < n);
    return got > 0 ? (ssize_t)got : rc;
}

ssize_t __wrap_recv(int fd, void *buf, size_t n, int flags)
{
    struct io_call c = IO_CALL(recv, fd, false);
    ssize_t rc;

    if (!io_begin(&c)) {
        return __real_recv(fd, buf, n, flags);
    }
    rc = receive(&c, fd, buf, n, flags);
    io_end(&c, rc);
    scatter(&c, ONE(buf, n), 1, rc);
    return rc;
}

int __wrap_eventfd_read(int fd, eventfd_t *value)
{
    struct io_call c = IO_CALL(eventfd_read, fd, false);
    ssize_t rc = -1;

    if (!io_begin(&c)) {
        return __real_eventfd_read(fd, value);
    }
    if (until_ready(&c, &fd, POLLIN)) {
        rc = __real_read(fd, value, sizeof *value);
    }
    io_end(&c, rc);
    io_writes(&c, value, rc);
    return rc == (ssize_t)sizeof *value ? 0 : -1;
}

/* -- giving ---------------------------------------------------------------
 */

/* Under control, what a blocking pipe or socket has yet to take. The kernel
 * takes what there is room for, and must not wait for more. */
struct outgoing {
    int fd, flags;
    bool pipe;
    struct iovec iov[PIECES];
    struct msghdr m; /* its vector is the one above */
};

static void advance(struct msghdr *m, size_t n)
{
    while (m->msg_iovlen > 0 && n >= m->msg_iov->iov_len) {
        n -= m->msg_iov->iov_len;
        m->msg_iov++;
        m->msg_iovlen--;
    }
    if (n > 0) {
        m->msg_iov->iov_base = (char *)m->msg_iov->iov_base + n;
        m->msg_iov->iov_len -= n;
    }
    m->msg_control = NULL; /* has gone with the first byte */
    m->msg_controllen = 0;
}

/* The flag belongs to the pipe, not to the call; but nobody else has a turn
 * before it is gone again. */
static ssize_t give_some(const struct outgoing *o)
{
    int flags, error;
    ssize_t rc;

    if (!o->pipe) {
        return __real_sendmsg(o->fd, &o->m, o->flags | MSG_DONTWAIT);
    }
    flags = fcntl(o->fd, F_GETFL);
    fcntl(o->fd, F_SETFL, flags | O_NONBLOCK);
    rc = __real_writev(o->fd, o->m.msg_iov, (int)o->m.msg_iovlen);
    error = errno;
    fcntl(o->fd, F_SETFL, flags);
    errno = error;
    return rc;
}

/* There was no room, whatever poll says: the queue of an unconnected datagram
 * socket's partner is not to be seen by it. */
static bool until_room(struct io_call *c, int *fd)
{
    struct io_wait any = {.restarts = true};

    if (!io_ready(*fd, POLLOUT)) {
        return until_ready(c, fd, POLLOUT);
    }
    return io_await(c, &any, *fd, SCHED_NEVER) == WHY_TOLD;
}

static ssize_t give_all(struct io_call *c, struct outgoing *o)
{
    size_t given = 0;
    ssize_t rc;

    for (;;) {
        rc = give_some(o);
        if (rc >= 0) {
            given += (size_t)rc;
            advance(&o->m, (size_t)rc);
            if (o->m.msg_iovlen == 0) {
                return (ssize_t)given;
            }
            io_tell();
        } else if (errno != EAGAIN || !until_room(c, &o->fd)) {
            return given > 0 ? (ssize_t)given : -1;
        }
    }
}

/* True if this is to be given bit by bit; copies the vector then. */
static bool in_pieces(struct outgoing *o, const struct iovec *iov, size_t n)
{
    struct stat st;

    if (!sched_on() || n > PIECES || (o->flags & MSG_DONTWAIT) != 0 ||
        io_never_blocks(o->fd, POLLOUT) || fstat(o->fd, &st) != 0 ||
        !(S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode))) {
        return false;
    }
    o->pipe = S_ISFIFO(st.st_mode);
    for (size_t i = 0; i < n; i++) {
        o->iov[i] = iov[i];
    }
    o->m.msg_iov = o->iov;
    o->m.msg_iovlen = n;
    return true;
}

/* All of it, even if not all of it is taken. */
static void gather(const struct io_call *c, const struct iovec *iov, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        io_reads(c, iov[i].iov_base, iov[i].iov_len);
    }
}

#define GIVES(name, params, args, vector, n, how, to, length) \
    ssize_t __wrap_##name params                              \
    {                                                         \
        struct io_call c = IO_CALL(name, fd, true);           \
        struct outgoing o = {.fd = fd, .flags = (how)};       \
        ssize_t rc = -1;                                      \
        gather(&c, (vector), (n));                            \
        if (!io_begin(&c)) {                                  \
            return __real_##name args;                        \
        }                                                     \
        o.m.msg_name = (void *)(uintptr_t)(to);               \
        o.m.msg_namelen = (length);                           \
        if (in_pieces(&o, (vector), (n))) {                   \
            rc = give_all(&c, &o);                            \
        } else if ((o.flags & MSG_DONTWAIT) != 0 ||           \
                   until_ready(&c, &fd, POLLOUT)) {           \
            rc = __real_##name args;                          \
        }                                                     \
        io_end(&c, rc);                                       \
        return rc;                                            \
    }
GIVES(write, (int fd, const void *buf, size_t size), (fd, buf, size),
      ONE(buf, size), 1, 0, NULL, 0)
GIVES(writev, (int fd, const struct iovec *iov, int n), (fd, iov, n), iov,
      (size_t)n, 0, NULL, 0)
GIVES(send, (int fd, const void *buf, size_t size, int flags),
      (fd, buf, size, flags), ONE(buf, size), 1, flags, NULL, 0)
GIVES(sendto,
      (int fd, const void *buf, size_t size, int flags,
       const struct sockaddr *to, socklen_t length),
      (fd, buf, size, flags, to, length), ONE(buf, size), 1, flags, to, length)

ssize_t __wrap_sendmsg(int fd, const struct msghdr *m, int flags)
{
    struct io_call c = IO_CALL(sendmsg, fd, true);
    struct outgoing o = {.fd = fd, .flags = flags, .m = *m};
    ssize_t rc = -1;

    gather(&c, m->msg_iov, m->msg_iovlen);
    if (!io_begin(&c)) {
        return __real_sendmsg(fd, m, flags);
    }
    if (in_pieces(&o, m->msg_iov, m->msg_iovlen)) {
        rc = give_all(&c, &o);
    } else if ((flags & MSG_DONTWAIT) != 0 || until_ready(&c, &fd, POLLOUT)) {
        rc = __real_sendmsg(fd, m, flags);
    }
    io_end(&c, rc);
    return rc;
}

int __wrap_eventfd_write(int fd, eventfd_t value)
{
    struct io_call c = IO_CALL(eventfd_write, fd, true);
    ssize_t rc = -1;

    if (!io_begin(&c)) {
        return __real_eventfd_write(fd, value);
    }
    if (until_ready(&c, &fd, POLLOUT)) {
        rc = __real_write(fd, &value, sizeof value);
    }
    io_end(&c, rc);
    return rc == (ssize_t)sizeof value ? 0 : -1;
}

/* -- connecting and closing -----------------------------------------------
 */

static int connect_now(int fd, const struct sockaddr *to, socklen_t size)
{
    int flags = fcntl(fd, F_GETFL);
    int rc, error;

    fcntl(fd, F_SETFL, flags | O_NONBLOCK);
    rc = __real_connect(fd, to, size);
    error = errno;
    fcntl(fd, F_SETFL, flags);
    errno = error;
    return rc;
}

static int connect_in_steps(struct io_call *c, int fd,
                            const struct sockaddr *to, socklen_t size)
{
    struct io_wait any = {.restarts = true};
    int error = 0, rc;
    socklen_t length = sizeof error;

    while ((rc = connect_now(fd, to, size)) != 0 && errno == EAGAIN) {
        /* a local one: somebody accepts */
        if (io_await(c, &any, fd, SCHED_NEVER) == WHY_SIGNAL) {
            return -1;
        }
    }
    if (rc == 0 || errno != EINPROGRESS) {
        return rc;
    }
    if (!until_ready(c, &fd, POLLOUT)) {
        errno = errno == EAGAIN ? EINPROGRESS : errno;
        return -1;
    }
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length);
    errno = error;
    return error == 0 ? 0 : -1;
}

int __wrap_connect(int fd, const struct sockaddr *to, socklen_t size)
{
    struct io_call c = IO_CALL(connect, fd, true);
    int rc;

    if (!io_begin(&c)) {
        return __real_connect(fd, to, size);
    }
    if (sched_on()) {
        network_expect();
        network_prompt(fd);
    }
    if (io_never_blocks(fd, POLLOUT)) {
        rc = __real_connect(fd, to, size);
    } else if (sched_on()) {
        rc = connect_in_steps(&c, fd, to, size);
    } else {
        io_go_out(&c, fd);
        rc = __real_connect(fd, to, size);
    }
    io_end(&c, rc);
    return rc;
}

int __wrap_shutdown(int fd, int how)
{
    struct io_call c = IO_CALL(shutdown, fd, true);
    int rc;

    if (!io_begin(&c)) {
        return __real_shutdown(fd, how);
    }
    rc = __real_shutdown(fd, how);
    io_end(&c, rc);
    return rc;
}

int __wrap_close(int fd)
{
    struct io_call c = IO_CALL(close, fd, true);
    int rc;

    if (!io_begin(&c)) {
        return __real_close(fd);
    }
    if (sched_on()) {
        timerfd_closed(fd);
        io_hold_on(&c);
    }
    rc = __real_close(fd);
    io_end(&c, rc);
    return rc;
}
