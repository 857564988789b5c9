/* SPDX-License-Identifier: MIT */
/* io.c - what threads wait for that the kernel knows: descriptors.
 *
 * Theory of operation. Descriptors stay real; only the waiting is ours. Under
 * control a thread asks first, by a poll that does not wait, whether its call
 * would block. If so it blocks in the model (RT_WAIT_FD) and leaves in `waits`
 * what it waits for. After every call of wrap_io.c and wrap_poll.c, and when
 * nobody else can go on, whoever has the turn polls for all of them and tells
 * those that can.
 *
 * A pipe or socket that only threads of this process hold is thereby as good
 * as a condition: nobody ready, no deadline, nothing to poll is a standstill.
 * While forked processes live that is no proof, and a thread that waits for a
 * descriptor then does so in the kernel, out of turn (sched_out).
 *
 * Not modelled: calls that let signals in (ppoll, pselect and epoll_pwait with
 * a mask) wait in the kernel. */
#include "io.h"
#include "access.h"
#include "cancel.h"
#include "hb.h"
#include "network.h"
#include "scheduler.h"
#include "shadow.h"
#include "steps.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    ARRIVE_MS = 50,  /* what was sent over the network arrives within */
    OUTSIDE_MS = 10, /* how often to look for what cannot be polled */
    LOOK_NS = 10000, /* what a look costs that finds nothing */
    KEPT = 200,      /* numbers of duplicates: out of the program's way */
};

extern int __real_close(int);

/* -- what threads wait for -------------------------------------------------
 */

static struct io_wait *waits[RT_THREADS]; /* of the threads blocked here */

/* Raw calls: a sanitizer would take a look on behalf of another thread for an
 * access to its memory. NULL waits for ever. */
static int ask_kernel(const struct io_wait *w, const struct timespec *limit)
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

bool io_can_go_on(const struct io_wait *w)
{
    static const struct timespec now = {0, 0};

    return ask_kernel(w, &now) != 0;
}

bool io_ready(int fd, short events)
{
    struct pollfd p = {fd, events, 0};
    struct io_wait w = {.fds = &p, .count = 1};

    return io_can_go_on(&w);
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
static int tell_if(bool (*why)(const struct io_wait *w))
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

static bool for_any_call(const struct io_wait *w)
{
    return (w->count == 0 && w->below == 0) || io_can_go_on(w);
}

void io_tell(void)
{
    tell_if(for_any_call);
}

static bool always(const struct io_wait *w)
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
    bool quiet = false;
    int told = 0;

    for (int ms = 0; ms < ARRIVE_MS && told == 0 && !quiet; ms++) {
        syscall(SYS_nanosleep, &tick, NULL);
        quiet = network_is_quiet();
        told = tell_if(io_can_go_on);
    }
    return told;
}

static int look(bool patient)
{
    bool quiet; /* before the look, or something may arrive in between */
    int told;

    if (!anybody_waits()) {
        return 0;
    }
    quiet = !patient || network_is_quiet();
    told = tell_if(io_can_go_on);
    if (told > 0 || !patient) {
        return told;
    }
    if (others_live()) {
        return tell_if(always); /* to wait in the kernel, see io_await */
    }
    return quiet ? 0 : look_until_arrived();
}

static bool listens(int fd)
{
    int on = 0;
    socklen_t size = sizeof on;

    return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &size) == 0 && on;
}

static bool for_outside(const struct io_wait *w)
{
    if (w->signal) {
        return true;
    }
    for (nfds_t i = 0; i < w->count; i++) {
        if (listens(w->fds[i].fd)) {
            return true;
        }
    }
    for (int fd = 0; fd < w->below; fd++) {
        if (w->in != NULL && FD_ISSET(fd, w->in) && listens(fd)) {
            return true;
        }
    }
    return false;
}

/* Whoever closes a listener wants no more clients. */
static bool outside_awaited(void)
{
    for (int i = 0; i < atomic_load(&rt->thread_count); i++) {
        if (waits[i] != NULL && rt->threads[i].closed_by < 0 &&
            for_outside(waits[i])) {
            return true;
        }
    }
    return false;
}

static uint64_t next(void)
{
    uint64_t readable = anybody_waits() ? timerfd_next() : SCHED_NEVER;
    uint64_t signal = timer_next();

    return readable < signal ? readable : signal;
}

static void reached(void)
{
    timer_reached();
    if (timerfd_reached()) {
        look(false);
    }
}

const struct sched_outside sched_outside = {
    next, reached, look, others_live, outside_awaited, timer_ring};

/* -- calls ----------------------------------------------------------------
 */

/* A thread that waits in another wrapped call makes no call but from the
 * handler of a signal. */
static bool in_handler(const struct rt_thread *t)
{
    int state = atomic_load(&t->state);

    return (state != RT_RUNNING && state != RT_FINISHED) ||
           (sched_on() && t->turn != TURN_OUT && atomic_load(&t->baton) == 0);
}

bool io_begin(struct io_call *c)
{
    if (rt == NULL || !rt_bound() || in_handler(rt_self())) {
        return false;
    }
    c->t = rt_self();
    rt_point(c->t);
    sched_unmodelled();
    hb_send(c->t);
    if (!c->gives) {
        rt_tools_enter(c->pc);
    }
    return true;
}

void io_reads(const struct io_call *c, const void *at, size_t size)
{
    if (at != NULL) {
        access_instead(at, size, ACCESS_READ, c->pc, c->frame);
    }
}

void io_writes(const struct io_call *c, const void *at, ssize_t size)
{
    if (at != NULL && size > 0) {
        access_block((uintptr_t)at, (size_t)size, ACCESS_WRITE, c->pc,
                     c->frame);
    }
}

static void record_wait(struct io_call *c, enum rt_state state, int fd)
{
    c->t->wait_ms = 0;
    c->t->wait_fd = fd;
    c->t->closed_by = -1;
    strncpy(c->t->wait_call, c->name, sizeof c->t->wait_call - 1);
    rt_block(c->t, state, -1, -1, c->frame);
}

void io_go_out(struct io_call *c, int fd)
{
    record_wait(c, RT_WAIT_FD, fd);
    c->blocked = true;
    if (sched_on()) {
        c->out = true;
        sched_out(c->t);
    }
}

void io_nothing_there(const struct io_call *c)
{
    sched_wind(LOOK_NS);
    sched_point(c->t, true);
}

void io_end(struct io_call *c, long rc)
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
    hb_receive(c->t);
    if (!c->gives) {
        rt_tools_leave();
    }
    if (rc >= 0 || error != EAGAIN) {
        step_call(c->t, c->name, c->fd, !c->gives, c->pc);
    }
    if (sched_on()) { /* whatever it did may be what another waits for */
        io_tell();
    }
    if (sched_on() && rc < 0 && error == EAGAIN) {
        io_nothing_there(c);
    } else if (c->gives) {
        rt_point(c->t);
    }
    errno = error;
}

/* A handler has run while the kernel waited. Whether it was one that lets such
 * a call go on it does not say; most programs have but one kind. */
static bool ends_by_handler(const struct io_wait *w)
{
    struct sigaction now;

    for (int sig = 1; w->restarts && sig < NSIG; sig++) {
        if (rt_handled(sig, &now) && (now.sa_flags & SA_RESTART) != 0) {
            return false;
        }
    }
    return true;
}

/* Another process may serve this wait: sleep in the kernel, on a real clock
 * that counts from now. */
static enum rt_why await_outside(struct io_call *c, const struct io_wait *w,
                                 uint64_t until)
{
    uint64_t ns = until - sched_now();
    bool blind = w->count == 0 && w->below == 0;
    bool for_ever = until == SCHED_NEVER;
    struct timespec left = sched_timespec_of(ns);
    bool interrupted;
    int rc;

    if (blind && ns > OUTSIDE_MS * 1000000ull) {
        left = (struct timespec){0, OUTSIDE_MS * 1000000L};
        for_ever = false;
    }
    sched_out(c->t);
    rc = ask_kernel(w, for_ever ? NULL : &left);
    interrupted = rc < 0 && errno == EINTR && ends_by_handler(w);
    sched_in(c->t);
    if (interrupted) {
        return WHY_SIGNAL;
    }
    if (rc != 0 || until == SCHED_NEVER ||
        (blind && ns > OUTSIDE_MS * 1000000ull)) {
        return WHY_TOLD;
    }
    sched_wind(until > sched_now() ? until - sched_now() : 0);
    return WHY_TIME;
}

static void close_kept(void *arg)
{
    const struct io_call *c = arg;

    if (c->kept > 0) {
        __real_close(c->kept);
    }
}

/* These calls are cancellation points. */
static void test_cancel(struct io_call *c)
{
    pthread_cleanup_push(close_kept, c);
    __real_pthread_testcancel();
    pthread_cleanup_pop(0);
}

enum rt_why io_await(struct io_call *c, struct io_wait *w, int fd,
                     uint64_t until)
{
    bool sleeps =
        w->count == 0 && w->below == 0 && !w->unseen && until != SCHED_NEVER;
    enum rt_why why;

    test_cancel(c);
    record_wait(c, sleeps ? RT_SLEEPING : RT_WAIT_FD, fd);
    step_made(c->t, sleeps ? OP_SLEEP : OP_BLOCK, -1, -1, c->pc);
    if (!sleeps && others_live()) {
        why = await_outside(c, w, until);
    } else {
        waits[rt_index(c->t)] = sleeps ? NULL : w;
        why = rt_block_point(c->t, until, false,
                             w->restarts ? EINTR_UNLESS_RESTART : EINTR_ALWAYS);
        waits[rt_index(c->t)] = NULL;
    }
    rt_unblock(c->t);
    if (why == WHY_CANCELLED) {
        test_cancel(c);
    } else if (why == WHY_SIGNAL) {
        errno = EINTR;
    }
    return why;
}

bool io_never_blocks(int fd, short events)
{
    int flags = fcntl(fd, F_GETFL);
    int wrong = events == POLLIN ? O_WRONLY : O_RDONLY;

    return flags < 0 || (flags & O_NONBLOCK) != 0 ||
           (flags & O_ACCMODE) == wrong;
}

bool io_goes_on(int fd, short events)
{
    return io_ready(fd, events) || io_never_blocks(fd, events);
}

bool io_until_ready(struct io_call *c, int *fd, short events, uint64_t until)
{
    struct pollfd p = {*fd, events, 0};
    struct io_wait w = {.fds = &p, .count = 1, .holds = true, .restarts = true};
    enum rt_why why;

    if (!sched_on()) {
        io_go_out(c, *fd);
        return true;
    }
    do {
        why = io_await(c, &w, *fd, until);
    } while (!rt_gave_up(why) && !io_can_go_on(&w));
    if (p.fd != *fd) {
        *fd = c->kept = p.fd;
    }
    errno = why == WHY_SIGNAL ? EINTR : EAGAIN;
    return !rt_gave_up(why);
}

/* A call that sleeps on a descriptor goes on when that is closed: the kernel
 * keeps what is behind the number, which may soon mean something else. */
void io_hold_on(const struct io_call *c)
{
    int fd = c->fd;

    for (int i = 0; i < atomic_load(&rt->thread_count); i++) {
        struct io_wait *w = waits[i];
        if (w != NULL && w->holds && w->fds->fd == fd &&
            rt->threads[i].turn == TURN_BLOCKED) {
            int copy = fcntl(fd, F_DUPFD_CLOEXEC, KEPT);
            w->fds->fd = copy >= 0 ? copy : fd;
            rt->threads[i].closed_by = rt_index(c->t);
            rt->threads[i].closed_pc = c->pc;
        }
    }
}
