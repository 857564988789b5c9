/* SPDX-License-Identifier: MIT */
/* wrap_poll.c - calls that wait for many descriptors: poll, select, epoll.
 *
 * io.c has the theory. Under control the real call is made without a wait, and
 * again each time that the thread is told that it may find something. */
#include "io.h"
#include "scheduler.h"
#include "wrap.h"

#include <poll.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/select.h>

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

/* Under control: nothing was there. Sleeps, and says whether to look again; if
 * a signal has come that is what the call returns. */
static bool look_again(struct io_call *c, struct io_wait *w, int fd,
                       uint64_t limit, uint64_t until, int *rc)
{
    enum rt_why why;

    if (limit == 0) {
        io_nothing_there(c);
        return false;
    }
    if (w->count == 0 && w->below == 0) {
        atomic_fetch_add(&c->t->naps, 1);
    }
    why = io_await(c, w, fd, until);
    *rc = why == WHY_SIGNAL ? -1 : 0;
    return !rt_gave_up(why);
}

static uint64_t after(uint64_t limit)
{
    return limit >= SCHED_NEVER - sched_now() ? SCHED_NEVER
                                              : sched_now() + limit;
}

/* `now` asks without waiting, `real` waits in the kernel: in a run that is
 * not controlled, or when signals are to come in. */
#define LOOKS(rc, c, w, fd, limit, now, real, masked)                          \
    do {                                                                       \
        uint64_t until_ = after(limit);                                        \
        if (!sched_on() || (masked)) {                                         \
            if ((limit) > 0) {                                                 \
                io_go_out(&(c), (fd));                                         \
            }                                                                  \
            rc = real;                                                         \
            break;                                                             \
        }                                                                      \
        do {                                                                   \
            rc = now;                                                          \
        } while (rc == 0 && look_again(&(c), &(w), fd, limit, until_, &(rc))); \
    } while (0)

static uint64_t ns_of_ms(int ms)
{
    return ms < 0 ? SCHED_NEVER : (uint64_t)ms * 1000000u;
}

static uint64_t ns_of(const struct timespec *t)
{
    return t == NULL ? SCHED_NEVER : sched_ns_of(t);
}

static int only(const struct pollfd *fds, nfds_t n)
{
    return n == 1 ? fds->fd : -1;
}

/* The kernel reads what is asked for, and writes what there is. */
static void asked(const struct io_call *c, const struct pollfd *fds, nfds_t n)
{
    for (nfds_t i = 0; fds != NULL && i < n; i++) {
        io_reads(c, &fds[i], offsetof(struct pollfd, revents));
    }
}

static void answered(const struct io_call *c, const struct pollfd *fds,
                     nfds_t n, int rc)
{
    for (nfds_t i = 0; fds != NULL && rc >= 0 && i < n; i++) {
        io_writes(c, &fds[i].revents, sizeof fds[i].revents);
    }
}

int __wrap_poll(struct pollfd *fds, nfds_t n, int ms)
{
    struct io_call c = IO_CALL(poll, -1, false);
    struct io_wait w = {.fds = fds, .count = n};
    uint64_t limit = ns_of_ms(ms);
    int rc;

    asked(&c, fds, n);
    if (!io_begin(&c)) {
        return __real_poll(fds, n, ms);
    }
    LOOKS(rc, c, w, only(fds, n), limit, __real_poll(fds, n, 0),
          __real_poll(fds, n, ms), false);
    io_end(&c, rc);
    answered(&c, fds, n, rc);
    return rc;
}

int __wrap_ppoll(struct pollfd *fds, nfds_t n, const struct timespec *left,
                 const sigset_t *mask)
{
    struct io_call c = IO_CALL(ppoll, -1, false);
    struct io_wait w = {.fds = fds, .count = n};
    uint64_t limit = ns_of(left);
    int rc;

    asked(&c, fds, n);
    if (!io_begin(&c)) {
        return __real_ppoll(fds, n, left, mask);
    }
    LOOKS(rc, c, w, only(fds, n), limit, __real_poll(fds, n, 0),
          __real_ppoll(fds, n, left, mask), mask != NULL);
    io_end(&c, rc);
    answered(&c, fds, n, rc);
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

static struct io_wait keep_sets(struct sets *s, int n, const fd_set *in,
                                const fd_set *out, const fd_set *except)
{
    struct io_wait w = {.below = n};

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

/* The words of the sets that hold descriptors below `n`. */
static ssize_t in_words(int n)
{
    return n > 0 ? (n + NFDBITS - 1) / NFDBITS * (int)sizeof(fd_mask) : -1;
}

static void sets_written(const struct io_call *c, int n, const fd_set *in,
                         const fd_set *out, const fd_set *except)
{
    io_writes(c, in, in_words(n));
    io_writes(c, out, in_words(n));
    io_writes(c, except, in_words(n));
}

int __wrap_select(int n, fd_set *in, fd_set *out, fd_set *except,
                  struct timeval *left)
{
    struct io_call c = IO_CALL(select, -1, false);
    struct sets s;
    struct io_wait w = keep_sets(&s, n, in, out, except);
    uint64_t limit = SCHED_NEVER, until, now;
    int rc;

    if (!io_begin(&c)) {
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
    io_end(&c, rc);
    sets_written(&c, n, in, out, except);
    return rc;
}

int __wrap_pselect(int n, fd_set *in, fd_set *out, fd_set *except,
                   const struct timespec *left, const sigset_t *mask)
{
    struct io_call c = IO_CALL(pselect, -1, false);
    struct sets s;
    struct io_wait w = keep_sets(&s, n, in, out, except);
    uint64_t limit = ns_of(left);
    int rc;

    if (!io_begin(&c)) {
        return __real_pselect(n, in, out, except, left, mask);
    }
    LOOKS(rc, c, w, -1, limit, select_now(n, &s, in, out, except),
          __real_pselect(n, in, out, except, left, mask), mask != NULL);
    io_end(&c, rc);
    sets_written(&c, n, in, out, except);
    return rc;
}

int __wrap_epoll_wait(int fd, struct epoll_event *events, int n, int ms)
{
    struct io_call c = IO_CALL(epoll_wait, -1, false);
    struct pollfd p = {fd, POLLIN, 0};
    struct io_wait w = {.fds = &p, .count = 1};
    uint64_t limit = ns_of_ms(ms);
    int rc;

    if (!io_begin(&c)) {
        return __real_epoll_wait(fd, events, n, ms);
    }
    LOOKS(rc, c, w, fd, limit, __real_epoll_wait(fd, events, n, 0),
          __real_epoll_wait(fd, events, n, ms), false);
    io_end(&c, rc);
    io_writes(&c, events, rc * (ssize_t)sizeof *events);
    return rc;
}

int __wrap_epoll_pwait(int fd, struct epoll_event *events, int n, int ms,
                       const sigset_t *mask)
{
    struct io_call c = IO_CALL(epoll_pwait, -1, false);
    struct pollfd p = {fd, POLLIN, 0};
    struct io_wait w = {.fds = &p, .count = 1};
    uint64_t limit = ns_of_ms(ms);
    int rc;

    if (!io_begin(&c)) {
        return __real_epoll_pwait(fd, events, n, ms, mask);
    }
    LOOKS(rc, c, w, fd, limit, __real_epoll_wait(fd, events, n, 0),
          __real_epoll_pwait(fd, events, n, ms, mask), mask != NULL);
    io_end(&c, rc);
    io_writes(&c, events, rc * (ssize_t)sizeof *events);
    return rc;
}
