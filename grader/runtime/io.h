/* SPDX-License-Identifier: MIT */
/* io.h - what the wrapped calls on descriptors have in common: a call from its
 * begin to its end, and what threads wait for in between.
 *
 * io.c has the model and the theory; wrap_io.c the calls on one descriptor,
 * wrap_mq.c those on message queues, wrap_poll.c those on many descriptors,
 * wrap_timerfd.c the timers that are descriptors, wrap_timer.c those that send
 * signals, wrap_signal.c the calls that wait for one.
 *
 * All functions are for threads of the child: in a controlled run for the one
 * that has the turn; those that say so are for controlled runs only. */
#ifndef IO_H
#define IO_H

#include "rt.h"

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/select.h>

/* Either descriptors, or the sets of a select, or none of both: then for any
 * call of another thread. All of it is the waiting thread's and stays valid
 * until that goes on. */
struct io_wait {
    struct pollfd *fds;
    nfds_t count;
    int below; /* select: the sets hold descriptors below this */
    const fd_set *in, *out, *except;
    bool holds;    /* the wait outlives a close of its only descriptor */
    bool unseen;   /* nobody can look for what it is: no sleep, all the same */
    bool signal;   /* it is one, which may come from outside */
    bool restarts; /* after a handler with SA_RESTART it goes on */
};

/* A wrapped call that is being made; lives in the frame of the wrapper. */
struct io_call {
    const char *name;
    int fd;     /* -1: several */
    bool gives; /* others may have waited for it */
    const void *frame;
    uintptr_t pc;
    struct rt_thread *t;
    bool blocked, out; /* recorded as waiting; without its turn */
    int kept;          /* a duplicate to be closed, see io_hold_on; or 0 */
};

/* In a wrapper only: its frame is where the student's stack begins. */
#define IO_CALL(call_name, on, does_give)                     \
    {                                                         \
        .name = #call_name, .fd = (on), .gives = (does_give), \
        .frame = __builtin_frame_address(0), .pc = RT_CALLER  \
    }

/* Before the real call: a scheduling point, or a delay. False: the call is
 * none of the run's, and goes straight to the kernel; then there is no io_end.
 * Any thread. */
bool io_begin(struct io_call *c);

/* After the call, which has returned `rc`: takes back what io_go_out did,
 * tells those who can go on, and lets others go first if the call gives
 * something. Keeps errno. */
void io_end(struct io_call *c, long rc);

/* What the kernel does to the program's memory in this call. It reads before
 * anybody can know of the call, so io_reads comes before io_begin (the tools
 * look later, when whoever got it may write there again); it writes what it
 * has waited for, so io_writes comes after io_end. NULL and a `size` of -1 are
 * none. */
void io_reads(const struct io_call *c, const void *at, size_t size);
void io_writes(const struct io_call *c, const void *at, ssize_t size);

/* The real call is about to sleep in the kernel, for `fd` or, if that is -1,
 * for several. Under control the turn is handed on until io_end. */
void io_go_out(struct io_call *c, int fd);

/* A wrapped call that waits in the kernel, out of turn, for something that is
 * no descriptor: any signal, or the end of a process. `at_once`: it only asks.
 * It writes `size` bytes to `out`. */
#define IO_OUTSIDE(type, name, params, call, at_once, out, size) \
    type __wrap_##name params                                    \
    {                                                            \
        struct io_call c = IO_CALL(name, -1, false);             \
        type rc;                                                 \
        if ((at_once) || !io_begin(&c)) {                        \
            return call;                                         \
        }                                                        \
        io_go_out(&c, -1);                                       \
        rc = call;                                               \
        io_end(&c, rc);                                          \
        io_writes(&c, (out), rc >= 0 ? (ssize_t)(size) : -1);    \
        return rc;                                               \
    }

/* Would a call that waits for `events` on this descriptor go on now? An error
 * counts: it will come out of the call itself. */
bool io_ready(int fd, short events);

/* The same for all that a thread may wait for. */
bool io_can_go_on(const struct io_wait *w);

/* A look in vain. It takes its time, or who looks again and again would never
 * see what happens later. Controlled runs only. */
void io_nothing_there(const struct io_call *c);

/* Tells those who can go on; those who wait for any call are told always.
 * Controlled runs only. */
void io_tell(void);

/* Sleeps until told to look again (WHY_TOLD), until the clock reads `until`
 * (WHY_TIME; SCHED_NEVER), or until the handler of a signal has run
 * (WHY_SIGNAL, with EINTR). A cancellation point: does not return if the thread
 * is cancelled, and has closed what the call has kept by then. `fd` is for the
 * report, -1: several. Controlled runs only. */
enum rt_why io_await(struct io_call *c, struct io_wait *w, int fd,
                     uint64_t until);

/* Calls on `fd` that wait for `events` never block, or fail at once. */
bool io_never_blocks(int fd, short events);

/* Would a call on `fd` that waits for `events` come back at once? If it fails,
 * too, or if it is not to wait. */
bool io_goes_on(int fd, short events);

/* For a call that would not. Returns when it can be made: under control it will
 * not block then, else it blocks in the kernel. False: it is not to be made,
 * the clock reads `until` (EAGAIN), or a signal has come (EINTR). The
 * descriptor may have another number by then, see io_hold_on. */
bool io_until_ready(struct io_call *c, int *fd, short events, uint64_t until);

/* This call is about to close its descriptor: whoever sleeps on it with `holds`
 * set keeps what is behind it, under the number that is in its `fds`
 * afterwards. Controlled runs only. */
void io_hold_on(const struct io_call *c);

/* When the next timer runs out that nobody could read before; SCHED_NEVER.
 * This and the next four: controlled runs only. */
uint64_t timerfd_next(void);

/* The clock has moved: makes readable what has run out. True if any has. */
bool timerfd_reached(void);

/* The same two for timers that send signals. */
uint64_t timer_next(void);
void timer_reached(void);

/* Sends what is owed, see sched_outside.ring. */
void timer_ring(struct rt_thread *t);

/* The number `fd` is no timer's any more. */
void timerfd_closed(int fd);

#endif
