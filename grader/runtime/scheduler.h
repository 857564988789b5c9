/* SPDX-License-Identifier: MIT */
/* scheduler.h - controlled runs: one thread runs at a time, and which one is
 * decided here.
 *
 * Theory of operation. A thread that has the turn runs until its next wrapped
 * call. There it may hand the turn to another (sched_point), must if it
 * cannot go on (sched_block), or does for good (sched_leave). The others sleep
 * on a futex each. Wrappers never block in the kernel: they try, and while
 * that fails they block here until whoever could help tells them.
 *
 * Every decision has a number that survives changes elsewhere in the
 * schedule: the thread that had the turn, how many wrapped calls it had made,
 * and the count of decisions since. The base schedule runs a thread until it
 * blocks, then the next one that is ready; it wakes nobody without reason and
 * lets time pass only when nobody is ready. Any other schedule is the list of
 * decisions that differ: that is what is recorded, minimised and replayed.
 *
 * Invariants
 *   - Only the thread with the turn changes what is below; the server does
 *     when it takes the turn away from a thread that sleeps in the kernel, but
 *     never from one that decides here, or has yet to wake up to its turn.
 *   - Hand-overs are raw futexes in an object no sanitizer instruments: they
 *     add no happens-before edge. Fibers (fiber.h) need none.
 *   - Nobody ready and no deadline: nothing will ever happen again, which is
 *     a proof of a standstill.
 *
 * All functions are for threads of the child and do nothing in a run that is
 * not controlled, except where they say otherwise. */
#ifndef SCHEDULER_H
#define SCHEDULER_H

#include "rt.h"

#define SCHED_NEVER UINT64_MAX

/* True if only the clock has woken anybody for so long that nothing else will
 * happen any more, and no deadline can be meant. Such a run ends with
 * END_TIMEOUT. Any thread, and the server. */
bool sched_only_time(void);

/* True in a controlled run. Any thread; fixed before the test starts. */
extern bool sched_controls;
static inline bool sched_on(void)
{
    return sched_controls;
}

/* The main thread, before the test: takes the turn. */
void sched_start(struct rt_thread *t);

/* A new thread's first act: waits for its turn. Its creator has called
 * sched_born before it was started. */
void sched_born(struct rt_thread *t);
void sched_enter(struct rt_thread *t);

/* The process's first thread, as record 0 once more: waits until every thread
 * has left, and takes the turn. */
void sched_take_over(struct rt_thread *t);

/* The last act: hands the turn on for good and returns; no wrapped call may
 * follow. Ends the run if nobody is left to run. */
void sched_leave(struct rt_thread *t);

/* A scheduling point: another thread may run first. `yields`: the thread says
 * that it cannot usefully go on (sched_yield, a failed try). */
void sched_point(struct rt_thread *t, bool yields);

/* Before an access that other threads are to be let in at. Not a point as the
 * others are, for whether it is one depends on what earlier runs have shown:
 * the base schedule goes on, nothing is counted, and it has its name by the
 * accesses made since the last call, of which `choices` keeps count. */
void sched_access(struct rt_thread *t);

/* Sleep until told or until the clock reads `deadline` (virtual ns;
 * SCHED_NEVER), or, if `may_wake`, for no reason at all. The record of what
 * it waits for is the caller's to keep, see rt_block, and which signals end it
 * (t->eintr). Ends the run when nobody could ever go on. Returns why it goes
 * on. */
enum rt_why sched_block(struct rt_thread *t, uint64_t deadline, bool may_wake);

/* The handler of a signal has run in `t`, which is the caller, while it slept
 * in a wait that ends by that (t->eintr): with WHY_SIGNAL, unless it was over
 * before. It need not have the turn. */
void sched_interrupt(struct rt_thread *t);

/* Make a blocked thread ready. The caller has the turn. */
void sched_tell(struct rt_thread *t);
void sched_tell_object(int object); /* all that wait for this object */
void sched_tell_joiners(int thread);
void sched_cancel(struct rt_thread *t); /* if it is at a cancellation point */

/* Around a call that may sleep in the kernel until another process acts: the
 * others run meanwhile, and nothing counts as a standstill. */
void sched_out(struct rt_thread *t);
void sched_in(struct rt_thread *t);

/* The calling thread is about to fork: from here on the clock is no later than
 * that of the machine, as whoever waits for the new process sees it. */
void sched_forks(void);

/* Around a call that may sleep, but only until another thread, which needs no
 * turn for that, has begun or is gone: the turn is not taken meanwhile, however
 * slow the machine. */
void sched_keep(struct rt_thread *t);
void sched_kept(struct rt_thread *t);

/* The process stays on the processor it is on. Threads made later do, too. */
void sched_stay_here(void);

/* This process was forked from a controlled run; it runs as it likes. */
void sched_off(void);

/* What can make a thread ready besides the others: io.c. The thread with the
 * turn asks. */
struct sched_outside {
    /* The virtual time at which something out there happens by itself that
     * somebody may be waiting for; SCHED_NEVER. */
    uint64_t (*next)(void);
    /* The clock has moved. */
    void (*reached)(void);
    /* Tells whoever can go on. Patient: nobody else can, so give what is
     * under way the time to arrive. Returns how many were told. */
    int (*look)(bool patient);
    /* True if other processes of the run may do something. */
    bool (*others_live)(void);
    /* True if somebody waits for a connection or a signal. */
    bool (*awaited)(void);
    /* Sends the signals of timers whose time has come (rt->owed), and returns
     * when their handlers have run as far as they can without the turn. `t` is
     * the caller, which has the turn, or nobody has it; without rt_lock. */
    void (*ring)(struct rt_thread *t);
};
extern const struct sched_outside sched_outside;

/* Which of `count` threads, if that is for us to say: who gets a signal.
 * The base takes the first. */
int sched_pick(struct rt_thread *t, const int *who, int count);

/* The server: takes the turn from `t`, which has made no step since number
 * `steps`, and gives it to another that is ready, if there is one. `t` queues
 * up when it makes its next call. False: the other cannot run, they are
 * fibers. */
bool sched_revoke(struct rt_thread *t, unsigned steps);

/* The server, every few milliseconds while nobody has the turn: whoever waits
 * for a time that has come, or for another process, finds out. */
void sched_tick(void);

/* The virtual clock in ns; deadlines on the clocks of the program. */
uint64_t sched_now(void);
uint64_t sched_deadline(clockid_t clock, const struct timespec *until);

/* A timespec whose nanoseconds make no second: else EINVAL is the answer. */
static inline bool sched_time_is_good(const struct timespec *t)
{
    return t->tv_nsec >= 0 && t->tv_nsec < 1000000000;
}

static inline uint64_t sched_ns_of(const struct timespec *t)
{
    return (uint64_t)t->tv_sec * 1000000000u + (uint64_t)t->tv_nsec;
}

static inline struct timespec sched_timespec_of(uint64_t ns)
{
    return (struct timespec){(time_t)(ns / 1000000000u),
                             (long)(ns % 1000000000u)};
}

/* The deadline of a limit that counts from now; NULL: SCHED_NEVER. */
static inline uint64_t sched_after(const struct timespec *limit)
{
    return limit == NULL ? SCHED_NEVER : sched_now() + sched_ns_of(limit);
}

void sched_wind(uint64_t ns);    /* the clock goes on by so much */
uint64_t sched_machine_ns(void); /* the machine's clock */
void sched_clock(clockid_t clock, struct timespec *out);

/* What the thread with the turn has done to something that others can touch,
 * for a search; and that something was done which a search cannot follow. */
void sched_touch(const void *what, enum rt_touch_kind kind);
void sched_unmodelled(void);

/* True if a thread other than the one with the turn has not ended. */
bool sched_others_left(void);

/* One of `count` possibilities, if that is for us to say; the base takes
 * number 0, others another one once in `one_in` times. */
int sched_outcome(struct rt_thread *t, int count, unsigned one_in);

#endif
