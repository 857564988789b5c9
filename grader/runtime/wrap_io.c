/* SPDX-License-Identifier: MIT */
/* wrap_io.c - calls that may wait for a descriptor.
 *
 * Theory of operation. Descriptors stay real; only the waiting is ours. Under
 * control a thread asks first, by a poll that does not wait, whether its call
 * would block. If so it blocks in the model (RT_WAIT_FD) and leaves in `waits`
 * what it waits for. After every call below, and when nobody else can go on,
 * whoever has the turn polls for all of them and tells those that can.
 *
 * A pipe or socket that only threads of this process hold is thereby as good
 * as a condition: nobody ready, no deadline, nothing to poll is a standstill.
 * While forked processes live that is no proof, and a thread that waits for a
 * descriptor then does so in the kernel, out of turn (sched_out).
 *
 * Not modelled: a signal does not interrupt a wait in the model. Calls that
 * let signals in (ppoll, pselect and epoll_pwait with a mask) wait in the
 * kernel instead. */
#include "cancel.h"
#include "io.h"
#include "scheduler.h"
#include "wrap.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    PIECES = 32,     /* of a writev that may be sent bit by bit */
    ARRIVE_MS = 50,  /* what was sent over the network arrives within */
    OUTSIDE_MS = 10, /* how often to look for what cannot be polled */
    LOOK_NS = 10000, /* what a look costs that finds nothing */
    KEPT = 200,      /* numbers of duplicates: out of the program's way */
};
#define NS 1000000000ull

REAL(int, ppoll,
     (struct pollfd *, nfds_t, const struct timespec *, const sigset_t *));
REAL(int, poll, (struct pollfd *, nfds_t, int));
REAL(int, select, (int, fd_set *, fd_set *, fd_set *, struct timeval *));
REAL(int, pselect,
     (int, fd_set *, fd_set *, fd_set *, const struct timespec *,
      const sigset_t *));
REAL(int, epoll_wait, (int, struct epoll_event *, int, int));
REAL(int, epoll_pwait, (int, struct epoll_event *, int, int, const sigset_t *));
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

/* -- what threads wait for -------------------------------------------------
 */

/* Either descriptors, or the sets of a select, or none of both: then for any
 * call of another thread. */
struct wait {
    struct pollfd *fds;
    nfds_t count;
    int below; /* select: the sets hold descriptors below this */
    const fd_set *in, *out, *except;
    bool holds; /* the wait outlives a close of its only descriptor */
};

static struct wait *waits[RT_THREADS]; /* of the threads blocked here */
static bool networked;                 /* sends may take a while to arrive */

/* Raw calls: a sanitizer would take a look on behalf of another thread for an
 * access to its memory. NULL waits for ever. */
static int ask_kernel(const struct wait *w, const struct timespec *limit)
{
    struct timespec left = limit != NULL ? *limit : (struct timespec){0};
    fd_set sets[3];

    if (w->below == 0) {
        return (int)syscall(SYS_ppoll, w->fds, w->count,
                            limit != NULL ? &left : NULL, NULL, 0);
    }
    FD_ZERO(&sets[0]);
    FD_ZERO(&sets[1]);
    FD_ZERO(&sets[2]);
    sets[0] = w->in != NULL ? *w->in : sets[0];
    sets[1] = w->out != NULL ? *w->out : sets[1];
    sets[2] = w->except != NULL ? *w->except : sets[2];
    return (int)syscall(SYS_pselect6, w->below, &sets[0], &sets[1], &sets[2],
                        limit != NULL ? &left : NULL, NULL);
}

/* An error will come out of the call itself. */
static bool can_go_on(const struct wait *w)
{
    static const struct timespec now = {0, 0};

    return ask_kernel(w, &now) != 0;
}

bool io_ready(int fd, short events)
{
    struct pollfd p = {fd, events, 0};
    struct wait w = {.fds = &p, .count = 1};

    return can_go_on(&w);
}

/* Is there another process of ours, which may do something? One that has
 * ended counts until it is waited for. */
static bool others_live(void)
{
    siginfo_t info;

    return syscall(SYS_waitid, P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT,
                   NULL) == 0;
}

/* Tells the waiting threads for which `why` holds. */
static int tell_if(bool (*why)(const struct wait *w))
{
    int told = 0;

    for (int i = 0; i < atomic_load(&rt->thread_count); i++) {
        if (waits[i] != NULL && rt->threads[i].turn == TURN_BLOCKED &&
            why(waits[i])) {
            sched_tell(&rt->threads[i]);
            told++;
        }
    }
    return told;
}

static bool for_any_call(const struct wait *w)
{
    return (w->count == 0 && w->below == 0) || can_go_on(w);
}

static bool always(const struct wait *w)
{
    (void)w;
    return true;
}

static bool anybody_waits(void)
{
    for (int i = 0; i < atomic_load(&rt->thread_count); i++) {
        if (waits[i] != NULL) {
            return true;
        }
    }
    return false;
}

/* Bytes on their way through the network stack arrive by themselves. */
static int look_until_arrived(void)
{
    static const struct timespec tick = {0, 1000000};
    int told = 0;

    for (int ms = 0; ms < ARRIVE_MS && told == 0; ms++) {
        syscall(SYS_nanosleep, &tick, NULL);
        told = tell_if(can_go_on);
    }
    return told;
}

static int look(bool patient)
{
    int told;

    if (!anybody_waits()) {
        return 0;
    }
    told = tell_if(can_go_on);
    if (told > 0 || !patient) {
        return told;
    }
    if (others_live()) {
        return tell_if(always); /* to wait in the kernel, see await */
    }
    return networked ? look_until_arrived() : 0;
}

static uint64_t next(void)
{
    return anybody_waits() ? timerfd_next() : SCHED_NEVER;
}

static void reached(void)
{
    if (timerfd_reached()) {
        look(false);
    }
}

const struct sched_outside sched_outside = {next, reached, look};

/* -- calls ----------------------------------------------------------------
 */

struct call {
    const char *name;
    const void *frame;
    uintptr_t pc;
    struct rt_thread *t;
    bool blocked, out; /* recorded as waiting; without its turn */
    int kept;          /* a duplicate to be closed, see hold_on; or 0 */
};

#define CALL(call_name)                                          \
    {                                                            \
        .name = #call_name, .frame = __builtin_frame_address(0), \
        .pc = RT_CALLER                                          \
    }

/* A thread that waits in another wrapped call makes no call but from the
 * handler of a signal. */
static bool in_handler(const struct rt_thread *t)
{
    int state = atomic_load(&t->state);

    return (state != RT_RUNNING && state != RT_FINISHED) ||
           (sched_on() && t->turn != TURN_OUT && atomic_load(&t->baton) == 0);
}

/* False: the call is none of the run's, and goes straight to the kernel. */
static bool begin(struct call *c)
{
    if (rt == NULL || !rt_bound() || in_handler(rt_self())) {
        return false;
    }
    c->t = rt_self();
    rt_point(c->t);
    return true;
}

static void record_wait(struct call *c, enum rt_state state, int fd)
{
    c->t->wait_fd = fd;
    strncpy(c->t->wait_call, c->name, sizeof c->t->wait_call - 1);
    rt_block(c->t, state, -1, -1, c->frame);
}

/* The real call is about to sleep in the kernel. */
static void go_out(struct call *c, int fd)
{
    record_wait(c, RT_WAIT_FD, fd);
    c->blocked = true;
    if (sched_on()) {
        c->out = true;
        sched_out(c->t);
    }
}

/* Under control: a look in vain. It takes its time, or who looks again and
 * again would never see what happens later. */
static void nothing_there(const struct call *c)
{
    sched_wind(LOOK_NS);
    sched_point(c->t, true);
}

/* After the call. Whatever it did may be what another waits for. */
static void end(struct call *c, long rc, bool gives)
{
    int error = errno;

    if (c->out) {
        sched_in(c->t);
    }
    if (c->blocked) {
        rt_unblock(c->t);
    }
    if (c->kept > 0) {
        __real_close(c->kept);
    }
    if (sched_on()) {
        tell_if(for_any_call);
    }
    if (sched_on() && rc < 0 && error == EAGAIN) {
        nothing_there(c);
    } else if (gives) {
        rt_point(c->t);
    }
    errno = error;
}

/* Another process may serve this wait: sleep in the kernel, on a real clock
 * that counts from now. */
static enum rt_why await_outside(struct call *c, const struct wait *w,
                                 uint64_t until)
{
    uint64_t ns = until - sched_now();
    bool blind = w->count == 0 && w->below == 0;
    bool for_ever = until == SCHED_NEVER;
    struct timespec left = {(time_t)(ns / NS), (long)(ns % NS)};
    int rc;

    if (blind && ns > OUTSIDE_MS * 1000000ull) {
        left = (struct timespec){0, OUTSIDE_MS * 1000000L};
        for_ever = false;
    }
    sched_out(c->t);
    rc = ask_kernel(w, for_ever ? NULL : &left);
    sched_in(c->t);
    if (rc != 0 || until == SCHED_NEVER ||
        (blind && ns > OUTSIDE_MS * 1000000ull)) {
        return WHY_TOLD;
    }
    sched_wind(until > sched_now() ? until - sched_now() : 0);
    return WHY_TIME;
}

static void close_kept(void *arg)
{
    const struct call *c = arg;

    if (c->kept > 0) {
        __real_close(c->kept);
    }
}

/* These calls are cancellation points. */
static void test_cancel(struct call *c)
{
    pthread_cleanup_push(close_kept, c);
    __real_pthread_testcancel();
    pthread_cleanup_pop(0);
}

/* Under control: sleeps until told to look again, or until the deadline. */
static enum rt_why await(struct call *c, struct wait *w, int fd, uint64_t until)
{
    bool sleeps = w->count == 0 && w->below == 0 && until != SCHED_NEVER;
    enum rt_why why;

    test_cancel(c);
    record_wait(c, sleeps ? RT_SLEEPING : RT_WAIT_FD, fd);
    sched_step(c->t, sleeps ? OP_SLEEP : OP_BLOCK, -1, -1, c->pc);
    if (!sleeps && others_live()) {
        why = await_outside(c, w, until);
    } else {
        waits[rt_index(c->t)] = sleeps ? NULL : w;
        why = rt_block_point(c->t, until, false);
        waits[rt_index(c->t)] = NULL;
    }
    rt_unblock(c->t);
    if (why == WHY_CANCELLED) {
        test_cancel(c);
    }
    return why;
}

/* -- one descriptor -------------------------------------------------------
 */

/* Calls on it never block, or fail at once. */
static bool never_blocks(int fd, short events)
{
    int flags = fcntl(fd, F_GETFL);
    int wrong = events == POLLIN ? O_WRONLY : O_RDONLY;

    return flags < 0 || (flags & O_NONBLOCK) != 0 ||
           (flags & O_ACCMODE) == wrong;
}

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

/* Returns when the call can be made: under control it will not block then.
 * False, with errno: it is not to be made, its time is over. The descriptor
 * may have another number by then, see hold_on. */
static bool until_ready(struct call *c, int *fd, short events)
{
    struct pollfd p = {*fd, events, 0};
    struct wait w = {.fds = &p, .count = 1, .holds = true};
    enum rt_why why;
    uint64_t until;

    if (can_go_on(&w) || never_blocks(*fd, events)) {
        return true;
    }
    if (!sched_on()) {
        go_out(c, *fd);
        return true;
    }
    until = deadline_of(*fd, events);
    do {
        why = await(c, &w, *fd, until);
    } while (why != WHY_TIME && !can_go_on(&w));
    if (p.fd != *fd) {
        *fd = c->kept = p.fd;
    }
    errno = EAGAIN;
    return why != WHY_TIME;
}

#define TAKES(type, name, params, args, at_once)         \
    type __wrap_##name params                            \
    {                                                    \
        struct call c = CALL(name);                      \
        type rc = -1;                                    \
        if (!begin(&c)) {                                \
            return __real_##name args;                   \
        }                                                \
        if ((at_once) || until_ready(&c, &fd, POLLIN)) { \
            rc = __real_##name args;                     \
        }                                                \
        end(&c, rc, false);                              \
        return rc;                                       \
    }
TAKES(ssize_t, read, (int fd, void *buf, size_t n), (fd, buf, n), n == 0)
TAKES(ssize_t, readv, (int fd, const struct iovec *iov, int n), (fd, iov, n),
      n <= 0)
TAKES(ssize_t, recvfrom,
      (int fd, void *buf, size_t n, int flags, struct sockaddr *from,
       socklen_t *size),
      (fd, buf, n, flags, from, size), (flags & MSG_DONTWAIT) != 0)
TAKES(ssize_t, recvmsg, (int fd, struct msghdr *m, int flags), (fd, m, flags),
      (flags & MSG_DONTWAIT) != 0)
TAKES(int, accept, (int fd, struct sockaddr *from, socklen_t *size),
      (fd, from, size), false)
TAKES(int, accept4, (int fd, struct sockaddr *from, socklen_t *size, int flags),
      (fd, from, size, flags), false)

/* MSG_WAITALL under control: piece by piece, until there is all or the end. */
static ssize_t receive(struct call *c, int fd, char *buf, size_t n, int flags)
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
    struct call c = CALL(recv);
    ssize_t rc;

    if (!begin(&c)) {
        return __real_recv(fd, buf, n, flags);
    }
    rc = receive(&c, fd, buf, n, flags);
    end(&c, rc, false);
    return rc;
}

int __wrap_eventfd_read(int fd, eventfd_t *value)
{
    struct call c = CALL(eventfd_read);
    ssize_t rc = -1;

    if (!begin(&c)) {
        return __real_eventfd_read(fd, value);
    }
    if (until_ready(&c, &fd, POLLIN)) {
        rc = __real_read(fd, value, sizeof *value);
    }
    end(&c, rc, false);
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
static bool until_room(struct call *c, int *fd)
{
    struct wait any = {0};

    if (!io_ready(*fd, POLLOUT)) {
        return until_ready(c, fd, POLLOUT);
    }
    return await(c, &any, *fd, SCHED_NEVER) == WHY_TOLD;
}

static ssize_t give_all(struct call *c, struct outgoing *o)
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
            tell_if(for_any_call);
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
        never_blocks(o->fd, POLLOUT) || fstat(o->fd, &st) != 0 ||
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

#define GIVES(name, params, args, vector, n, how, to, length) \
    ssize_t __wrap_##name params                              \
    {                                                         \
        struct call c = CALL(name);                           \
        struct outgoing o = {.fd = fd, .flags = (how)};       \
        ssize_t rc = -1;                                      \
        if (!begin(&c)) {                                     \
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
        end(&c, rc, true);                                    \
        return rc;                                            \
    }
#define ONE(buf, size) (&(struct iovec){(void *)(uintptr_t)(buf), (size)})

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
    struct call c = CALL(sendmsg);
    struct outgoing o = {.fd = fd, .flags = flags, .m = *m};
    ssize_t rc = -1;

    if (!begin(&c)) {
        return __real_sendmsg(fd, m, flags);
    }
    if (in_pieces(&o, m->msg_iov, m->msg_iovlen)) {
        rc = give_all(&c, &o);
    } else if ((flags & MSG_DONTWAIT) != 0 || until_ready(&c, &fd, POLLOUT)) {
        rc = __real_sendmsg(fd, m, flags);
    }
    end(&c, rc, true);
    return rc;
}

int __wrap_eventfd_write(int fd, eventfd_t value)
{
    struct call c = CALL(eventfd_write);
    ssize_t rc = -1;

    if (!begin(&c)) {
        return __real_eventfd_write(fd, value);
    }
    if (until_ready(&c, &fd, POLLOUT)) {
        rc = __real_write(fd, &value, sizeof value);
    }
    end(&c, rc, true);
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

static int connect_in_steps(struct call *c, int fd, const struct sockaddr *to,
                            socklen_t size)
{
    struct wait any = {0};
    int error = 0, rc;
    socklen_t length = sizeof error;

    while ((rc = connect_now(fd, to, size)) != 0 && errno == EAGAIN) {
        await(c, &any, fd, SCHED_NEVER); /* a local one: somebody accepts */
    }
    if (rc == 0 || errno != EINPROGRESS) {
        return rc;
    }
    if (!until_ready(c, &fd, POLLOUT)) {
        errno = EINPROGRESS;
        return -1;
    }
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length);
    errno = error;
    return error == 0 ? 0 : -1;
}

int __wrap_connect(int fd, const struct sockaddr *to, socklen_t size)
{
    struct call c = CALL(connect);
    int rc;

    if (!begin(&c)) {
        return __real_connect(fd, to, size);
    }
    networked = true;
    if (never_blocks(fd, POLLOUT)) {
        rc = __real_connect(fd, to, size);
    } else if (sched_on()) {
        rc = connect_in_steps(&c, fd, to, size);
    } else {
        go_out(&c, fd);
        rc = __real_connect(fd, to, size);
    }
    end(&c, rc, true);
    return rc;
}

int __wrap_shutdown(int fd, int how)
{
    struct call c = CALL(shutdown);
    int rc;

    if (!begin(&c)) {
        return __real_shutdown(fd, how);
    }
    rc = __real_shutdown(fd, how);
    end(&c, rc, true);
    return rc;
}

/* A call that sleeps on a descriptor goes on when that is closed: the kernel
 * keeps what is behind the number, which may soon mean something else. */
static void hold_on(int fd)
{
    for (int i = 0; i < atomic_load(&rt->thread_count); i++) {
        struct wait *w = waits[i];
        if (w != NULL && w->holds && w->fds->fd == fd &&
            rt->threads[i].turn == TURN_BLOCKED) {
            int copy = fcntl(fd, F_DUPFD_CLOEXEC, KEPT);
            w->fds->fd = copy >= 0 ? copy : fd;
        }
    }
}

int __wrap_close(int fd)
{
    struct call c = CALL(close);
    int rc;

    if (!begin(&c)) {
        return __real_close(fd);
    }
    if (sched_on()) {
        timerfd_closed(fd);
        hold_on(fd);
    }
    rc = __real_close(fd);
    end(&c, rc, true);
    return rc;
}

/* -- many descriptors -----------------------------------------------------
 */

/* Under control: nothing was there. Sleeps, and says whether to look again. */
static bool look_again(struct call *c, struct wait *w, int fd, uint64_t limit,
                       uint64_t until)
{
    if (limit == 0) {
        nothing_there(c);
        return false;
    }
    if (w->count == 0 && w->below == 0) {
        atomic_fetch_add(&c->t->naps, 1);
    }
    return await(c, w, fd, until) != WHY_TIME;
}

static uint64_t after(uint64_t limit)
{
    return limit >= SCHED_NEVER - sched_now() ? SCHED_NEVER
                                              : sched_now() + limit;
}

/* `now` asks without waiting, `real` waits in the kernel: in a run that is
 * not controlled, or when signals are to come in. */
#define LOOKS(rc, c, w, fd, limit, now, real, masked)                   \
    do {                                                                \
        uint64_t until_ = after(limit);                                 \
        if (!sched_on() || (masked)) {                                  \
            if ((limit) > 0) {                                          \
                go_out(&(c), (fd));                                     \
            }                                                           \
            rc = real;                                                  \
            break;                                                      \
        }                                                               \
        do {                                                            \
            rc = now;                                                   \
        } while (rc == 0 && look_again(&(c), &(w), fd, limit, until_)); \
    } while (0)

static uint64_t ns_of_ms(int ms)
{
    return ms < 0 ? SCHED_NEVER : (uint64_t)ms * 1000000u;
}

static uint64_t ns_of(const struct timespec *t)
{
    return t == NULL ? SCHED_NEVER
                     : (uint64_t)t->tv_sec * NS + (uint64_t)t->tv_nsec;
}

static int only(const struct pollfd *fds, nfds_t n)
{
    return n == 1 ? fds->fd : -1;
}

int __wrap_poll(struct pollfd *fds, nfds_t n, int ms)
{
    struct call c = CALL(poll);
    struct wait w = {.fds = fds, .count = n};
    uint64_t limit = ns_of_ms(ms);
    int rc;

    if (!begin(&c)) {
        return __real_poll(fds, n, ms);
    }
    LOOKS(rc, c, w, only(fds, n), limit, __real_poll(fds, n, 0),
          __real_poll(fds, n, ms), false);
    end(&c, rc, false);
    return rc;
}

int __wrap_ppoll(struct pollfd *fds, nfds_t n, const struct timespec *left,
                 const sigset_t *mask)
{
    struct call c = CALL(ppoll);
    struct wait w = {.fds = fds, .count = n};
    uint64_t limit = ns_of(left);
    int rc;

    if (!begin(&c)) {
        return __real_ppoll(fds, n, left, mask);
    }
    LOOKS(rc, c, w, only(fds, n), limit, __real_poll(fds, n, 0),
          __real_ppoll(fds, n, left, mask), mask != NULL);
    end(&c, rc, false);
    return rc;
}

/* The sets of a select, which the kernel overwrites at each look. */
struct sets {
    fd_set in, out, except;
};

static int select_now(int n, const struct sets *s, fd_set *in, fd_set *out,
                      fd_set *except)
{
    struct timeval zero = {0, 0};

    if (in != NULL) {
        *in = s->in;
    }
    if (out != NULL) {
        *out = s->out;
    }
    if (except != NULL) {
        *except = s->except;
    }
    return __real_select(n, in, out, except, &zero);
}

static struct wait keep_sets(struct sets *s, int n, const fd_set *in,
                             const fd_set *out, const fd_set *except)
{
    struct wait w = {.below = n};

    if (in != NULL) {
        s->in = *in;
        w.in = &s->in;
    }
    if (out != NULL) {
        s->out = *out;
        w.out = &s->out;
    }
    if (except != NULL) {
        s->except = *except;
        w.except = &s->except;
    }
    return w;
}

int __wrap_select(int n, fd_set *in, fd_set *out, fd_set *except,
                  struct timeval *left)
{
    struct call c = CALL(select);
    struct sets s;
    struct wait w = keep_sets(&s, n, in, out, except);
    uint64_t limit = SCHED_NEVER, until, now;
    int rc;

    if (!begin(&c)) {
        return __real_select(n, in, out, except, left);
    }
    if (left != NULL) {
        limit = (uint64_t)left->tv_sec * NS + (uint64_t)left->tv_usec * 1000;
    }
    until = after(limit);
    LOOKS(rc, c, w, -1, limit, select_now(n, &s, in, out, except),
          __real_select(n, in, out, except, left), false);
    now = sched_now();
    if (sched_on() && left != NULL) { /* as Linux has it: what is left */
        now = until > now ? until - now : 0;
        left->tv_sec = (time_t)(now / NS);
        left->tv_usec = (suseconds_t)(now % NS / 1000);
    }
    end(&c, rc, false);
    return rc;
}

int __wrap_pselect(int n, fd_set *in, fd_set *out, fd_set *except,
                   const struct timespec *left, const sigset_t *mask)
{
    struct call c = CALL(pselect);
    struct sets s;
    struct wait w = keep_sets(&s, n, in, out, except);
    uint64_t limit = ns_of(left);
    int rc;

    if (!begin(&c)) {
        return __real_pselect(n, in, out, except, left, mask);
    }
    LOOKS(rc, c, w, -1, limit, select_now(n, &s, in, out, except),
          __real_pselect(n, in, out, except, left, mask), mask != NULL);
    end(&c, rc, false);
    return rc;
}

int __wrap_epoll_wait(int fd, struct epoll_event *events, int n, int ms)
{
    struct call c = CALL(epoll_wait);
    struct pollfd p = {fd, POLLIN, 0};
    struct wait w = {.fds = &p, .count = 1};
    uint64_t limit = ns_of_ms(ms);
    int rc;

    if (!begin(&c)) {
        return __real_epoll_wait(fd, events, n, ms);
    }
    LOOKS(rc, c, w, fd, limit, __real_epoll_wait(fd, events, n, 0),
          __real_epoll_wait(fd, events, n, ms), false);
    end(&c, rc, false);
    return rc;
}

int __wrap_epoll_pwait(int fd, struct epoll_event *events, int n, int ms,
                       const sigset_t *mask)
{
    struct call c = CALL(epoll_pwait);
    struct pollfd p = {fd, POLLIN, 0};
    struct wait w = {.fds = &p, .count = 1};
    uint64_t limit = ns_of_ms(ms);
    int rc;

    if (!begin(&c)) {
        return __real_epoll_pwait(fd, events, n, ms, mask);
    }
    LOOKS(rc, c, w, fd, limit, __real_epoll_wait(fd, events, n, 0),
          __real_epoll_pwait(fd, events, n, ms, mask), mask != NULL);
    end(&c, rc, false);
    return rc;
}
