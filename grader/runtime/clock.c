/* SPDX-License-Identifier: MIT */
/* clock.c - see clock.h. */
#include "clock.h"
#include "scheduler.h"
#include "turn.h"

#include <sys/syscall.h>
#include <unistd.h>

#define NS      1000000000ull
#define HELP_NS 30000000ull /* between looks for what others have done */

/* So often, and for so long, only the clock has woken anybody: that is all that
 * happens any more. */
enum { ALARMS_END = 200000 };
#define ALARMS_NS (30L * 86400 * NS)

/* The clocks of a controlled run start here, on every machine. */
static const uint64_t real_start = 1700000000ull * NS;
static const uint64_t monotonic_start = 1000ull * NS;

uint64_t sched_now(void)
{
    return rt->now;
}

static uint64_t clock_start(clockid_t clock)
{
    return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE
               ? real_start
               : monotonic_start;
}

uint64_t sched_deadline(clockid_t clock, const struct timespec *until)
{
    uint64_t start = clock_start(clock), at;

    if (until->tv_sec < 0) {
        return 0;
    }
    if ((uint64_t)until->tv_sec > 10000000000ull) {
        return SCHED_NEVER - 1; /* centuries */
    }
    at = (uint64_t)until->tv_sec * NS + (uint64_t)until->tv_nsec;
    return at > start ? at - start : 0;
}

void sched_clock(clockid_t clock, struct timespec *out)
{
    uint64_t at = clock_start(clock) + rt->now;

    rt->unmodelled = true;

    out->tv_sec = (time_t)(at / NS);
    out->tv_nsec = (long)(at % NS);
}

void clock_reach(uint64_t at)
{
    int count = atomic_load(&rt->thread_count);

    rt->now = at > rt->now ? at : rt->now;
    sched_outside.reached();
    for (int i = 0; i < count; i++) {
        struct rt_thread *t = &rt->threads[i];
        if (t->turn == TURN_BLOCKED && t->deadline <= rt->now) {
            turn_ready(t, WHY_TIME);
        }
    }
}

void sched_wind(uint64_t ns)
{
    clock_reach(rt->now + ns);
}

bool clock_may_be_early(const struct rt_thread *t)
{
    return t->deadline != SCHED_NEVER &&
           (atomic_load(&t->state) == RT_SLEEPING ||
            t->deadline < rt->now + NS);
}

uint64_t clock_next(bool starving)
{
    uint64_t first = sched_outside.next();
    int count = atomic_load(&rt->thread_count);

    if (starving && first >= rt->now + NS) {
        first = SCHED_NEVER;
    }
    for (int i = 0; i < count; i++) {
        const struct rt_thread *t = &rt->threads[i];
        if (t->turn == TURN_BLOCKED && t->deadline < first &&
            (!starving || clock_may_be_early(t))) {
            first = t->deadline;
        }
    }
    return first;
}

bool sched_only_time(void)
{
    return rt->alarms >= ALARMS_END && rt->now - rt->alarms_from >= ALARMS_NS;
}

/* The clock has woken somebody, and nothing else had anybody ready. Whoever
 * asks at intervals for what nobody will do would go on like that for ever. */
static void count_alarm(uint64_t from)
{
    rt->alarms_from = rt->alarms == 0 ? from : rt->alarms_from;
    rt->alarms++;
    if (sched_only_time() && !rt->endless) {
        rt_finish(END_TIMEOUT);
    }
}

/* By the system call: ThreadSanitizer runs handlers in those it intercepts. */
uint64_t sched_machine_ns(void)
{
    struct timespec t;

    syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * NS + (uint64_t)t.tv_nsec;
}

void clock_follow(uint64_t until)
{
    uint64_t before = rt->followed_ns, at;

    rt->followed_ns = sched_machine_ns();
    at = rt->now + (before == 0 ? 0 : rt->followed_ns - before);
    clock_reach(at < until ? at : until);
}

/* Waits for something that other processes have as well. */
static bool waits_shared(const struct rt_thread *t)
{
    return t->turn == TURN_BLOCKED && t->wait_object >= 0 &&
           rt->objects[t->wait_object].shared;
}

static bool another_process_helps(void)
{
    for (int i = 0; rt->has_help && i < atomic_load(&rt->thread_count); i++) {
        if (waits_shared(&rt->threads[i])) {
            return sched_outside.others_live();
        }
    }
    return false;
}

/* What another process does is not seen: whoever it may have helped looks. */
static void look_for_help(void)
{
    for (int i = 0; i < atomic_load(&rt->thread_count); i++) {
        struct rt_thread *t = &rt->threads[i];
        if (waits_shared(t)) {
            turn_ready(t, t->may_wake ? WHY_SPURIOUS : WHY_TOLD);
        }
    }
}

bool clock_signal_may_come(void)
{
    return rt->has_help && (rt_timer_runs() || sched_outside.others_live());
}

bool clock_is_helped(void)
{
    return another_process_helps() ||
           (rt->has_help && clock_next(false) != SCHED_NEVER &&
            (rt_timer_runs() ||
             (clock_next(true) == SCHED_NEVER && sched_outside.others_live())));
}

/* Nobody has the turn, and somebody may be ready by now. rt_lock held. */
static void look_outside(void)
{
    bool alone = !turn_anybody(TURN_OUT) && !clock_is_helped();
    int ready;

    if (alone && rt->next == SCHED_NEVER) {
        turn_stand_still();
    } else if (alone) {
        clock_reach(rt->next);
    } else {
        clock_follow(rt->next);
        look_for_help();
    }
    rt->next = clock_next(false);
    ready = turn_first_ready();
    if (ready >= 0) {
        turn_give(ready);
    }
}

void clock_ring(struct rt_thread *t)
{
    while (atomic_load(&rt->owed)) {
        uint64_t before = rt->now;
        sched_outside.ring(t);
        rt_lock();
        if (rt->current < 0) {
            count_alarm(before);
            rt->next = clock_next(false); /* not the signal's any more */
            look_outside();
        }
        rt_unlock();
    }
}

void clock_look(struct rt_thread *t)
{
    bool nobody;

    if (rt->current >= 0) {
        return; /* most often it was a signal: leave the lock alone */
    }
    rt_lock();
    if (rt->current < 0 && (rt->helped || rt->next != SCHED_NEVER)) {
        look_outside();
    }
    nobody = rt->current < 0;
    rt_unlock();
    if (nobody) {
        clock_ring(t);
    }
}

void sched_tick(void)
{
    uint64_t passed;
    bool due;

    if (!rt_try_lock()) {
        return;
    }
    passed = sched_machine_ns() - rt->followed_ns;
    due = rt->current < 0 &&
          ((rt->helped && passed >= HELP_NS) ||
           (rt->next != SCHED_NEVER && rt->now + passed >= rt->next));
    for (int i = 0; due && i < atomic_load(&rt->thread_count); i++) {
        if (rt->threads[i].turn == TURN_BLOCKED) {
            rt_futex_wake(&rt->threads[i].baton); /* see await_turn */
        }
    }
    rt_unlock();
}

bool clock_pass(bool starving)
{
    uint64_t first, before = rt->now;

    while (!turn_anybody(TURN_OUT) &&
           (first = clock_next(starving)) != SCHED_NEVER &&
           !clock_is_helped()) {
        /* So long a time is not meant to run out. */
        if (first >= rt->now + NS && sched_outside.look(true) > 0) {
            return true;
        }
        clock_reach(first);
        if (turn_first_ready() >= 0 || atomic_load(&rt->owed)) {
            count_alarm(before);
            return turn_first_ready() >= 0;
        }
    }
    return false;
}
