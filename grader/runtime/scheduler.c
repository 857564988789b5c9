/* SPDX-License-Identifier: MIT */
/* scheduler.c - see scheduler.h. */
#include "scheduler.h"
#include "clock.h"
#include "fiber.h"
#include "hb.h"
#include "steps.h"
#include "strategy.h"
#include "turn.h"

#include <sched.h>
#include <semaphore.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    STREAK = 1000, /* points in a row before others must have a go */
    HUNGER = 3000, /* steps that one who is ready may have to wait */
    NAPS = 50,     /* naps while one is starved that show polling ... */
    YIELDS = 2000, /* ... and yields, which right programs do a while */
    CALLS_FACTOR = 20,
    CALLS_FLOOR = 5000,
    IDLE_TICK = 500,   /* steps without a change before time passes, ... */
    IDLE_LONG = 50000, /* ... before a generous limit runs out ... */
    IDLE_END = 100000, /* ... and before nothing is expected any more */
};

const struct strategy *const strategies[STRATEGIES] = {
    [STRATEGY_REPLAY] = &strategy_replay, [STRATEGY_RANDOM] = &strategy_walk,
    [STRATEGY_PCT] = &strategy_pct,       [STRATEGY_STARVE] = &strategy_starve,
    [STRATEGY_FAVOUR] = &strategy_favour, [STRATEGY_TURNS] = &strategy_turns,
    [STRATEGY_HOLD] = &strategy_hold,     [STRATEGY_SEARCH] = &strategy_search,
};

bool sched_controls; /* this process; a forked child of it is on its own */
static int streak;   /* points since the turn last changed hands */

void sched_off(void)
{
    sched_controls = false;
}

static const struct strategy *strategy(void)
{
    return strategies[rt->schedule.strategy];
}

static bool searching(void)
{
    return sched_controls && rt->schedule.strategy == STRATEGY_SEARCH;
}

void sched_touch(const void *what, enum rt_touch_kind kind)
{
    if (searching()) {
        strategy_search_touch((uintptr_t)what, kind);
    }
}

void sched_unmodelled(void)
{
    rt->unmodelled = true;
}

/* splitmix64 (Steele, Lea, Flood 2014). */
uint32_t strategy_random(uint32_t below)
{
    uint64_t x = rt->rng += 0x9e3779b97f4a7c15u;

    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    x ^= x >> 31;
    return (uint32_t)((x >> 32) * below >> 32);
}

/* -- the turn -------------------------------------------------------------- */

void sched_interrupt(struct rt_thread *t)
{
    rt_lock();
    t->interrupted = true;
    if (t->turn == TURN_BLOCKED) {
        turn_ready(t, WHY_SIGNAL);
        if (rt->current < 0) {
            turn_give(rt_index(t));
        }
    }
    rt_unlock();
}

/* Whoever is given the turn runs now. */
static void await_turn(struct rt_thread *t)
{
    t->parked = __builtin_frame_address(0);
    if (rt->fibers && rt->current != rt_index(t)) {
        fiber_switch(t, &rt->threads[rt->current]);
    }
    while (atomic_load(&t->baton) == 0) {
        bool cut = rt_futex_sleep(&t->baton, 0, t->eintr);
        if (atomic_load(&t->baton) == 0) {
            rt_tools_handlers(); /* a signal has come in between */
            clock_look(t);       /* or the server thinks of the time */
        }
        if (cut && !atomic_load(&t->sampled)) {
            sched_interrupt(t);
        }
    }
    t->parked = NULL;
}

/* The server takes the turn from a thread that sleeps in a call of its own.
 * When that thread is back it queues up again, or takes the turn if nobody
 * had a use for it. From here to its `decided` the turn is not taken: what is
 * decided holds. */
static void regain_turn(struct rt_thread *t)
{
    atomic_store(&t->deciding, true);
    if (atomic_load(&t->baton) != 0) {
        return;
    }
    rt_lock();
    t->handlers += t->turn == TURN_BLOCKED; /* it is one that calls */
    t->turn = TURN_READY;
    if (rt->current < 0) {
        turn_give(rt_index(t));
    }
    rt_unlock();
    await_turn(t);
}

static void decided(struct rt_thread *t)
{
    atomic_store(&t->deciding, false);
}

/* With the turn, about to go on: handlers may run here. */
static void signals_come(struct rt_thread *t)
{
    if (atomic_load(&rt->owed)) {
        sched_outside.ring(t);
    }
}

/* -- decisions ------------------------------------------------------------- */

/* The victim is left out from here on. */
static void starve(int victim)
{
    if (atomic_load(&rt->held_back) < 0) {
        for (int i = 0; i < atomic_load(&rt->thread_count); i++) {
            atomic_store(&rt->threads[i].naps, 0);
            rt->threads[i].yields = 0;
            rt->threads[i].ops_before = rt->threads[i].ops;
        }
    }
    atomic_store(&rt->held_back, victim);
}

static void gather(struct options *o, bool starving)
{
    int count = atomic_load(&rt->thread_count);
    bool all = rt->schedule.strategy == STRATEGY_REPLAY;

    o->ready_count = o->early_count = 0;
    for (int i = 0; i < count; i++) {
        const struct rt_thread *t = &rt->threads[i];
        if (t->turn == TURN_READY && starving && strategy()->starves(t)) {
            starve(i);
        } else if (t->turn == TURN_READY) {
            o->ready[o->ready_count++] = (short)i;
            /* Whoever keeps it from running has had enough: what may never
             * run again proves nothing about the others. */
            o->tired =
                o->tired || (i != o->current && rt->steps - t->since > HUNGER);
        }
        if (t->turn != TURN_BLOCKED) {
            continue;
        }
        if (clock_may_be_early(t) && (all || rt->schedule.hasty)) {
            o->early[o->early_count++] = (short)i;
        }
        if (t->may_wake && (all || rt->schedule.spurious)) {
            o->early[o->early_count++] = (short)(i + STRATEGY_SPURIOUS);
        }
    }
}

/* Polling while somebody is starved: a thread that naps again and again, or
 * makes many times the calls of the whole undisturbed run. Detached threads
 * are left out: they may do something every so often for ever. */
static void find_polling(void)
{
    unsigned calls = rt->schedule.length * CALLS_FACTOR + CALLS_FLOOR;

    for (int i = 0; i < atomic_load(&rt->thread_count); i++) {
        const struct rt_thread *t = &rt->threads[i];
        bool polls = atomic_load(&t->naps) >= NAPS || t->yields >= YIELDS ||
                     t->ops - t->ops_before >= calls;
        if (polls && t->detached) {
            rt->starve_over = true;
        } else if (polls) {
            rt->spinner = i;
            rt_finish(END_SPIN);
        }
    }
}

/* Who can run: somebody who is ready; else whoever is after some time has
 * passed; else the victim after all. */
static void gather_options(struct options *o)
{
    bool starving = strategy()->starves != NULL && !rt->starve_over;
    uint64_t soon;

    gather(o, starving);
    if (o->tired && o->ready_count == 1 && o->ready[0] == o->current &&
        (soon = clock_next(true)) != SCHED_NEVER) {
        clock_reach(soon); /* who polls waits for one that sleeps, perhaps */
        gather(o, starving);
    }
    if (o->ready_count == 0 &&
        (sched_outside.look(false) > 0 ||
         clock_pass(starving && atomic_load(&rt->held_back) >= 0))) {
        gather(o, starving);
    }
    if (starving && atomic_load(&rt->held_back) >= 0) {
        find_polling();
        if (o->ready_count == 0) {
            atomic_store(&rt->held_back, -1);
            rt->starve_over = true;
            gather(o, false);
        }
    }
    if (o->ready_count == 0 && sched_outside.look(true) > 0) {
        gather(o, false);
    }
}

/* Go on; otherwise the next one that is ready, in the order of creation. */
static int base_choice(const struct options *o)
{
    if (!o->tired && strategy_is_ready(o, o->current)) {
        return o->current;
    }
    for (int i = 0; i < o->ready_count; i++) {
        if (o->ready[i] > o->current) {
            return o->ready[i];
        }
    }
    return o->ready[0];
}

static void record(struct rt_thread *t, int chosen, int base)
{
    rt->trace = (rt->trace ^ (uint64_t)chosen) * 0x100000001b3u + 1; /* FNV */
    if (chosen == base) {
        return;
    }
    if (rt->taken_count == RT_CHOICES) {
        rt->taken_all = false;
        return;
    }
    rt->taken[rt->taken_count++] =
        (struct rt_choice){rt_index(t), t->ops, (int)t->choices, chosen};
}

/* A thread was chosen that is perhaps not ready: now it is. */
static int wake_up(int chosen)
{
    bool spurious = chosen >= STRATEGY_SPURIOUS;
    int thread = spurious ? chosen - STRATEGY_SPURIOUS : chosen;

    if (spurious) {
        turn_ready(&rt->threads[thread], WHY_SPURIOUS);
    } else if (rt->threads[thread].turn == TURN_BLOCKED) {
        clock_reach(rt->threads[thread].deadline);
    }
    return thread;
}

/* True if the call that `t` is in would not have to wait now. */
static bool can_go_on(const struct rt_thread *t)
{
    const void *what = t->want.what;
    int object = -1, value = 1;
    const struct rt_object *o;

    switch (t->want.kind) {
    case WANT_NOTHING:
        return true;
    case WANT_END:
        return ((const struct rt_thread *)what)->turn == TURN_GONE;
    case WANT_PERMIT:
        return sem_getvalue((sem_t *)(uintptr_t)what, &value) != 0 || value > 0;
    case WANT_LOCK:
        object = rt_object_find(what, RT_MUTEX);
        break;
    case WANT_WRITE:
    case WANT_READ:
        object = rt_object_find(what, RT_RWLOCK);
        break;
    }
    o = &rt->objects[object];
    return object < 0 || o->owner == rt_index(t) ||
           (o->owner < 0 && (o->users == 0 || t->want.kind != WANT_WRITE));
}

/* A search leaves out who would only find that it has to wait. If that is
 * everybody, they may find out: it is a standstill. */
static struct options without_waiters(const struct options *all)
{
    struct options o = *all;

    o.ready_count = o.early_count = 0;
    for (int i = 0; i < all->ready_count; i++) {
        if (can_go_on(&rt->threads[all->ready[i]])) {
            o.ready[o.ready_count++] = all->ready[i];
        }
    }
    return o.ready_count > 0 ? o : *all;
}

/* Who runs next; -1: nobody can. The thread with the turn asks. */
static int decide(struct rt_thread *t, bool yields)
{
    struct options o = {.current = rt_index(t),
                        .tired = yields || streak >= STREAK};
    int chosen;

    if (o.tired) {
        sched_outside.look(false); /* who goes round and round may starve it */
    }
    gather_options(&o);
    if (o.ready_count == 0) {
        return -1;
    }
    t->choices++;
    chosen = o.base = base_choice(&o);
    if (searching()) {
        struct options some = without_waiters(&o);
        rt->decisions++;
        chosen = strategy_search.choose(&some);
        record(t, chosen, o.base);
    } else if (o.ready_count + o.early_count > 1) {
        rt->decisions++;
        chosen = strategy()->choose(&o);
        record(t, chosen, o.base);
    }
    return wake_up(chosen);
}

/* The same before a plain access: the thread goes on unless the strategy says
 * otherwise. Counts as nothing, see scheduler.h. */
static int decide_at_access(struct rt_thread *t)
{
    struct options o = {.current = rt_index(t), .base = rt_index(t)};
    int chosen;

    gather(&o, false);
    o.tired = false;
    if (o.ready_count + o.early_count < 2 && !searching()) {
        return rt_index(t);
    }
    if (searching()) {
        o = without_waiters(&o);
    }
    rt->decisions++;
    chosen = strategy()->choose(&o);
    record(t, chosen, o.base);
    return wake_up(chosen);
}

/* Nobody has changed anything for so long. Whoever spins may be waiting for one
 * that sleeps: time passes. A generous limit does not run out before all have
 * had many turns, for one of them may be about to meet it. In the end nothing
 * will ever change, unless one that computes on its own does it, one that never
 * looks, or has no turn; or the handler of a signal. */
static void idle(struct rt_thread *t)
{
    unsigned since = rt->steps - rt->changed;
    uint64_t first;
    bool out;

    if (since % IDLE_TICK != 0) {
        return;
    }
    out = turn_anybody(TURN_OUT) || clock_signal_may_come();
    if (out || sched_outside.look(false) > 0 ||
        rt->steps - rt->looked >= IDLE_TICK) {
        rt->changed = rt->steps;
    }
    first = clock_next(!out && since < IDLE_LONG);
    if (first != SCHED_NEVER && out) {
        clock_follow(first);
    } else if (first != SCHED_NEVER) {
        clock_reach(first);
    }
    if (since >= IDLE_END && rt->changed != rt->steps && !rt->endless) {
        rt->spinner = rt_index(t);
        rt_finish(END_SPIN);
    }
}

/* To nobody, until the machine's clock, a timer or another process makes one
 * ready, or one that is out comes back. False: nothing of that can be. rt_lock
 * held. */
static bool hand_to_nobody(void)
{
    rt->helped = clock_is_helped();
    if (atomic_load(&rt->afterlife) ||
        !(turn_anybody(TURN_OUT) || rt->helped || atomic_load(&rt->owed))) {
        return false;
    }
    if (!turn_anybody(TURN_OUT)) {
        rt->unmodelled = true;
        rt->followed_ns = sched_machine_ns();
    }
    rt->current = -1;
    rt->next = clock_next(false);
    return true;
}

/* Hands the turn on to `next`, or to nobody. One that was out of turn may be
 * back meanwhile, and queues up. */
static void hand_over(struct rt_thread *t, int next)
{
    streak = 0;
    rt_lock();
    next = next >= 0 ? next : turn_first_ready();
    atomic_store(&t->baton, 0);
    if (next >= 0) {
        turn_give(next);
    } else if (hand_to_nobody()) {
        /* whoever comes back takes it: regain_turn, clock_look */
    } else if (turn_anybody(TURN_BLOCKED) || atomic_load(&rt->afterlife)) {
        turn_stand_still();
    } else { /* all have ended: the process is the first one's to end */
        rt->threads[0].turn = TURN_READY;
        turn_give(0);
        atomic_store(&rt->all_left, 1);
        rt_futex_wake(&rt->all_left);
    }
    rt_unlock();
    if (next < 0) {
        clock_ring(t);
    }
}

/* Hands the turn on if somebody else is to run. */
static void pass_turn(struct rt_thread *t, bool yields)
{
    int next = decide(t, yields);

    rt->points++;
    if (next == rt_index(t)) {
        streak++;
    } else {
        hand_over(t, next);
    }
}

/* That `t` is not deciding is looked at before and after: it may begin to
 * while the turn is taken from it, and then has it back. */
static bool take_turn(struct rt_thread *t)
{
    if (atomic_load(&t->deciding) || atomic_exchange(&t->baton, 0) == 0) {
        return false;
    }
    if (atomic_load(&t->deciding)) {
        turn_give(rt_index(t));
        return false;
    }
    return true;
}

bool sched_revoke(struct rt_thread *t, unsigned steps)
{
    bool unfit = false;
    int next = -1;

    if (!rt_try_lock()) {
        return true; /* somebody does something, or has ended the run */
    }
    for (int i = atomic_load(&rt->thread_count) - 1; i >= 0; i--) {
        if (rt->threads[i].turn == TURN_READY && i != rt_index(t)) {
            next = i;
        }
    }
    if (next >= 0 && rt->fibers) {
        unfit = true;
    } else if (next >= 0 && rt->current == rt_index(t) && rt->steps == steps &&
               take_turn(t)) {
        turn_go_out(t);
        rt->revoked++;
        turn_give(next);
    }
    rt_unlock();
    return !unfit;
}

void sched_access(struct rt_thread *t)
{
    int next;

    regain_turn(t);
    if (strategy()->starves == NULL) {
        rt->points++;
        next = decide_at_access(t);
        if (next != rt_index(t)) {
            hand_over(t, next);
            await_turn(t);
        }
    }
    decided(t);
}

int sched_outcome(struct rt_thread *t, int count, unsigned one_in)
{
    int chosen = 0;

    if (count < 2 || searching()) {
        return 0;
    }
    t->choices++;
    rt->decisions++;
    if (rt->schedule.strategy == STRATEGY_REPLAY) {
        struct options o = {.current = rt_index(t), .ready_count = count};
        for (int i = 0; i < count && i < RT_THREADS; i++) {
            o.ready[i] = (short)i;
        }
        chosen = strategy_replay.choose(&o);
    } else if (one_in > 0 && strategy_random(one_in) == 0) {
        chosen = 1 + (int)strategy_random((uint32_t)count - 1);
    }
    rt->weakened = rt->weakened || chosen != 0;
    record(t, chosen, 0);
    return chosen;
}

int sched_pick(struct rt_thread *t, const int *who, int count)
{
    int chosen = who[0];

    if (!sched_controls || count < 2) {
        return chosen;
    }
    t->choices++;
    rt->decisions++;
    if (searching()) {
        chosen = who[strategy_search_outcome(t, count)];
    } else if (rt->schedule.strategy != STRATEGY_REPLAY) {
        chosen = who[strategy_random((uint32_t)count)];
    } else {
        struct options o = {.current = rt_index(t), .base = chosen};
        for (int i = 0; i < count; i++) {
            o.ready[o.ready_count++] = (short)who[i];
        }
        chosen = strategy_replay.choose(&o);
    }
    record(t, chosen, who[0]);
    return chosen;
}

/* -- threads ----------------------------------------------------------------
 */

/* Hand-overs within one processor need no wake-up across processors; and
 * whoever is woken is not to run before the other has gone to sleep. */
static void stay_on_one_cpu(void)
{
    const struct sched_param normal = {0};

    syscall(SYS_sched_setscheduler, 0, SCHED_BATCH, &normal);
    sched_stay_here();
}

void sched_stay_here(void)
{
    cpu_set_t here;
    unsigned cpu;

    if (syscall(SYS_getcpu, &cpu, NULL, NULL) == 0 && cpu < CPU_SETSIZE) {
        CPU_ZERO(&here);
        CPU_SET(cpu, &here);
        syscall(SYS_sched_setaffinity, 0, sizeof here, &here);
    }
}

void sched_start(struct rt_thread *t)
{
    if (rt->plan.noise != NOISE_CONTROL) {
        return;
    }
    if (!rt->fibers) {
        stay_on_one_cpu();
    }
    sched_controls = true;
    rt->rng = rt->schedule.seed * 0x9e3779b97f4a7c15u + rt->schedule.number;
    rt->taken_all = true;
    rt->lowest = 1u << 30;
    rt->spinner = -1;
    t->deadline = SCHED_NEVER;
    rt->current = rt_index(t);
    atomic_store(&t->baton, 1);
    strategy()->begin();
    strategy()->born(t);
    hb_start();
}

void sched_born(struct rt_thread *t)
{
    t->deadline = SCHED_NEVER;
    t->turn = sched_controls ? TURN_READY : TURN_GONE;
    t->since = rt->steps;
    if (sched_controls) {
        strategy()->born(t);
    }
}

/* It may have been given the turn before it began, and may have lost it, too.
 */
void sched_enter(struct rt_thread *t)
{
    if (!rt->fibers) {
        sched_in(t);
    }
}

void sched_take_over(struct rt_thread *t)
{
    while (sched_controls && atomic_load(&rt->all_left) == 0) {
        rt_futex_wait(&rt->all_left, 0);
    }
    sched_enter(t);
    for (int i = 0; i < atomic_load(&rt->thread_count); i++) {
        hb_join(t, &rt->threads[i]);
    }
}

void sched_leave(struct rt_thread *t)
{
    if (!sched_controls) {
        return;
    }
    regain_turn(t);
    t->turn = TURN_GONE;
    sched_touch(t, TOUCH_END);
    sched_tell_joiners(rt_index(t));
    pass_turn(t, false);
    if (rt->fibers && atomic_load(&rt->all_left) != 0) {
        fiber_finish();
    } else if (rt->fibers) {
        await_turn(t); /* which does not come */
    }
}

void sched_point(struct rt_thread *t, bool yields)
{
    if (!sched_controls) {
        return;
    }
    regain_turn(t);
    if (atomic_load(&rt->afterlife) && rt->steps > rt->after_steps) {
        rt_finish(END_COMPLETED);
    }
    t->since = rt->steps++;
    t->since_op = t->ops;
    t->yields += yields;
    if (rt->steps - rt->changed >= IDLE_TICK) {
        idle(t);
    }
    pass_turn(t, yields);
    await_turn(t);
    decided(t);
    signals_come(t);
}

/* In the handler of a signal that came in another wait of this thread it must
 * leave no trace of itself, but for the turn. */
enum rt_why sched_block(struct rt_thread *t, uint64_t deadline, bool may_wake)
{
    bool interrupted = t->interrupted;
    uintptr_t call = t->wait.pc[0];
    unsigned handlers;
    enum rt_why why;

    regain_turn(t);
    handlers = t->handlers;
    rt->steps++;
    t->turn = TURN_BLOCKED;
    t->interrupted = false;
    t->why = WHY_TOLD;
    t->deadline = deadline;
    rt->unmodelled = rt->unmodelled || deadline != SCHED_NEVER;
    t->may_wake = may_wake;
    pass_turn(t, deadline != SCHED_NEVER);
    await_turn(t);
    decided(t);
    t->deadline = SCHED_NEVER;
    t->may_wake = false;
    if (t->interrupted && t->handlers != handlers) {
        t->why = WHY_SIGNAL;
    }
    t->interrupted = interrupted;
    why = t->why; /* a handler may wait as well */
    if (why == WHY_SIGNAL) {
        step_made(t, OP_INTERRUPTED, -1, -1, call);
    }
    signals_come(t);
    return why;
}

void sched_out(struct rt_thread *t)
{
    if (!sched_controls) {
        return;
    }
    fiber_unfit();
    regain_turn(t);
    rt->steps++;
    turn_go_out(t);
    pass_turn(t, false);
    decided(t);
}

/* A thread has the turn again that was in the kernel until then. It may have
 * seen for how long, so that the clock has to show it; but no limit runs out by
 * that. */
static void catch_up(uint64_t at)
{
    uint64_t first = clock_next(false);

    if (at > rt->now && first > rt->now) {
        clock_reach(at < first ? at : first - 1);
    }
}

void sched_forks(void)
{
    if (sched_on() && rt_bound() && rt->forked_ns == 0) {
        rt->forked_at = rt->now;
        rt->forked_ns = sched_machine_ns();
    }
}

/* A forked process that `t` has waited for may have slept, since it was forked,
 * by the machine's clock. */
static void catch_up_with_forked(void)
{
    if (rt->forked_ns != 0) {
        catch_up(rt->forked_at + sched_machine_ns() - rt->forked_ns);
        rt->forked_ns = sched_outside.others_live() ? rt->forked_ns : 0;
    }
}

void sched_in(struct rt_thread *t)
{
    bool was_out = sched_controls && t->turn == TURN_OUT;
    uint64_t ns = was_out ? sched_machine_ns() - t->out_ns : 0;

    sched_keep(t);
    if (was_out) {
        catch_up(t->out_at + ns);
        catch_up_with_forked();
    }
    sched_kept(t);
    if (was_out) {
        signals_come(t);
    }
}

void sched_keep(struct rt_thread *t)
{
    if (sched_controls) {
        regain_turn(t);
    }
}

void sched_kept(struct rt_thread *t)
{
    decided(t);
}

void sched_tell(struct rt_thread *t)
{
    if (t->turn == TURN_BLOCKED) {
        turn_ready(t, WHY_TOLD);
    }
}

void sched_cancel(struct rt_thread *t)
{
    if (sched_controls && t->turn == TURN_BLOCKED && t->cancellable) {
        turn_ready(t, WHY_CANCELLED);
    }
}

void sched_tell_object(int object)
{
    for (int i = 0; sched_controls && i < atomic_load(&rt->thread_count); i++) {
        if (rt->threads[i].wait_object == object) {
            sched_tell(&rt->threads[i]);
        }
    }
}

void sched_tell_joiners(int thread)
{
    for (int i = 0; sched_controls && i < atomic_load(&rt->thread_count); i++) {
        if (rt->threads[i].wait_thread == thread) {
            sched_tell(&rt->threads[i]);
        }
    }
}

bool sched_others_left(void)
{
    for (int i = 0; i < atomic_load(&rt->thread_count); i++) {
        if (i != rt->current && rt->threads[i].turn != TURN_GONE) {
            return true;
        }
    }
    return false;
}
