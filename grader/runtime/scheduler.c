/* SPDX-License-Identifier: MIT */
/* scheduler.c - see scheduler.h. */
#include "scheduler.h"
#include "case.h"
#include "fiber.h"
#include "hb.h"
#include "strategy.h"

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
    ALARMS_END = 200000,
};

#define NS        1000000000ull
#define ALARMS_NS (30L * 86400 * NS)
#define HELP_NS   30000000ull /* between looks for what others have done */

/* The clocks of a controlled run start here, on every machine. */
static const uint64_t real_start = 1700000000ull * NS;
static const uint64_t monotonic_start = 1000ull * NS;

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

static void give_turn(int next)
{
    struct rt_thread *n = &rt->threads[next];

    rt->current = next;
    atomic_store(&n->baton, 1);
    if (!rt->fibers) {
        rt_futex_wake(&n->baton);
    }
}

static void make_ready(struct rt_thread *t, enum rt_why why);
static void follow_machine(struct rt_thread *t);

void sched_interrupt(struct rt_thread *t)
{
    rt_lock();
    t->interrupted = true;
    if (t->turn == TURN_BLOCKED) {
        make_ready(t, WHY_SIGNAL);
        if (rt->current < 0) {
            give_turn(rt_index(t));
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
            follow_machine(t);   /* or the server thinks of the time */
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
        give_turn(rt_index(t));
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

/* -- time ------------------------------------------------------------------ */

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

static void make_ready(struct rt_thread *t, enum rt_why why)
{
    t->turn = TURN_READY;
    t->why = why;
    rt->changed = why == WHY_TOLD ? rt->steps : rt->changed;
    rt->alarms = why == WHY_TOLD ? 0 : rt->alarms;
    if (t->since_op != t->ops) { /* not if it has tried in vain since */
        t->since = rt->steps;
        t->since_op = t->ops;
    }
}

/* The clock jumps to `at`: whoever waited for that is ready. */
static void time_passes(uint64_t at)
{
    int count = atomic_load(&rt->thread_count);

    rt->now = at > rt->now ? at : rt->now;
    sched_outside.reached();
    for (int i = 0; i < count; i++) {
        struct rt_thread *t = &rt->threads[i];
        if (t->turn == TURN_BLOCKED && t->deadline <= rt->now) {
            make_ready(t, WHY_TIME);
        }
    }
}

void sched_wind(uint64_t ns)
{
    time_passes(rt->now + ns);
}

/* Others may be slow, so a sleep may end at any moment. The limit of a timed
 * wait may run out likewise, unless it is a generous one: a second or more is
 * there to end what would otherwise hang, and says so when it does. */
static bool may_be_early(const struct rt_thread *t)
{
    return t->deadline != SCHED_NEVER &&
           (atomic_load(&t->state) == RT_SLEEPING ||
            t->deadline < rt->now + NS);
}

static bool anybody(enum rt_turn turn)
{
    for (int i = 0; i < atomic_load(&rt->thread_count); i++) {
        if (rt->threads[i].turn == turn) {
            return true;
        }
    }
    return false;
}

/* The first that only waits for its turn; -1: there is none. */
static int first_ready(void)
{
    for (int i = 0; i < atomic_load(&rt->thread_count); i++) {
        if (rt->threads[i].turn == TURN_READY) {
            return i;
        }
    }
    return -1;
}

/* The next deadline; while one is starved generous ones do not count. */
static uint64_t next_deadline(bool starving)
{
    uint64_t first = sched_outside.next();
    int count = atomic_load(&rt->thread_count);

    if (starving && first >= rt->now + NS) {
        first = SCHED_NEVER;
    }
    for (int i = 0; i < count; i++) {
        const struct rt_thread *t = &rt->threads[i];
        if (t->turn == TURN_BLOCKED && t->deadline < first &&
            (!starving || may_be_early(t))) {
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

/* What those do who are out of turn takes time on the machine's clock alone,
 * and how much of it is not known: as long as there are any the virtual clock
 * is no faster than the machine's. Else a limit of an hour would run out while
 * one computes who is to meet it. */
static void go_out(struct rt_thread *t)
{
    t->turn = TURN_OUT;
    rt->unmodelled = true;
    rt->followed_ns = sched_machine_ns();
    t->out_at = rt->now;
    t->out_ns = rt->followed_ns;
}

/* On to `until`, if so much time has passed outside. */
static void time_passes_outside(uint64_t until)
{
    uint64_t before = rt->followed_ns, at;

    rt->followed_ns = sched_machine_ns();
    at = rt->now + (before == 0 ? 0 : rt->followed_ns - before);
    time_passes(at < until ? at : until);
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
            make_ready(t, t->may_wake ? WHY_SPURIOUS : WHY_TOLD);
        }
    }
}

/* Of a timer on the machine's clock, or of another process. */
static bool signal_may_come(void)
{
    return rt->has_help && (rt_timer_runs() || sched_outside.others_live());
}

/* True if the clock is not all that can end the waits. Another process may send
 * a signal at any time, so it only keeps generous limits from running out; as
 * long as a timer follows the machine's clock, so do all limits. */
static bool may_be_helped(void)
{
    return another_process_helps() ||
           (rt->has_help && next_deadline(false) != SCHED_NEVER &&
            (rt_timer_runs() || (next_deadline(true) == SCHED_NEVER &&
                                 sched_outside.others_live())));
}

/* Nobody can run, now or later. What another process does to what is not known
 * to be shared is not seen here; and a client, or who sends a signal, need not
 * be one of ours. rt_lock held. */
static void stand_still(void)
{
    bool helped = rt->has_help || sched_outside.awaited();

    rt_finish(rt_case_whole && helped ? END_COMPLETED : END_STUCK);
}

/* Nobody has the turn, and somebody may be ready by now. rt_lock held. */
static void look_outside(void)
{
    bool alone = !anybody(TURN_OUT) && !may_be_helped();
    int ready;

    if (alone && rt->next == SCHED_NEVER) {
        stand_still();
    } else if (alone) {
        time_passes(rt->next);
    } else {
        time_passes_outside(rt->next);
        look_for_help();
    }
    rt->next = next_deadline(false);
    ready = first_ready();
    if (ready >= 0) {
        give_turn(ready);
    }
}

/* Nobody has the turn: signals whose time has come may make somebody ready. */
static void ring_for_nobody(struct rt_thread *t)
{
    while (atomic_load(&rt->owed)) {
        uint64_t before = rt->now;
        sched_outside.ring(t);
        rt_lock();
        if (rt->current < 0) {
            count_alarm(before);
            rt->next = next_deadline(false); /* not the signal's any more */
            look_outside();
        }
        rt_unlock();
    }
}

/* Any thread that is not out of turn; it does something if nobody has it. */
static void follow_machine(struct rt_thread *t)
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
        ring_for_nobody(t);
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

/* Nobody is ready: on to the next deadline that is of use to somebody. False:
 * there is none, or more than the clock may be what they wait for. */
static bool pass_time(bool starving)
{
    uint64_t first, before = rt->now;

    while (!anybody(TURN_OUT) &&
           (first = next_deadline(starving)) != SCHED_NEVER &&
           !may_be_helped()) {
        /* So long a time is not meant to run out. */
        if (first >= rt->now + NS && sched_outside.look(true) > 0) {
            return true;
        }
        time_passes(first);
        if (first_ready() >= 0 || atomic_load(&rt->owed)) {
            count_alarm(before);
            return first_ready() >= 0;
        }
    }
    return false;
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
        if (may_be_early(t) && (all || rt->schedule.hasty)) {
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
        (soon = next_deadline(true)) != SCHED_NEVER) {
        time_passes(soon); /* who polls waits for one that sleeps, perhaps */
        gather(o, starving);
    }
    if (o->ready_count == 0 &&
        (sched_outside.look(false) > 0 ||
         pass_time(starving && atomic_load(&rt->held_back) >= 0))) {
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
        make_ready(&rt->threads[thread], WHY_SPURIOUS);
    } else if (rt->threads[thread].turn == TURN_BLOCKED) {
        time_passes(rt->threads[thread].deadline);
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
    out = anybody(TURN_OUT) || signal_may_come();
    if (out || sched_outside.look(false) > 0 ||
        rt->steps - rt->looked >= IDLE_TICK) {
        rt->changed = rt->steps;
    }
    first = next_deadline(!out && since < IDLE_LONG);
    if (first != SCHED_NEVER && out) {
        time_passes_outside(first);
    } else if (first != SCHED_NEVER) {
        time_passes(first);
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
    rt->helped = may_be_helped();
    if (atomic_load(&rt->afterlife) ||
        !(anybody(TURN_OUT) || rt->helped || atomic_load(&rt->owed))) {
        return false;
    }
    if (!anybody(TURN_OUT)) {
        rt->unmodelled = true;
        rt->followed_ns = sched_machine_ns();
    }
    rt->current = -1;
    rt->next = next_deadline(false);
    return true;
}

/* Hands the turn on to `next`, or to nobody. One that was out of turn may be
 * back meanwhile, and queues up. */
static void hand_over(struct rt_thread *t, int next)
{
    streak = 0;
    rt_lock();
    next = next >= 0 ? next : first_ready();
    atomic_store(&t->baton, 0);
    if (next >= 0) {
        give_turn(next);
    } else if (hand_to_nobody()) {
        /* whoever comes back takes it: regain_turn, follow_machine */
    } else if (anybody(TURN_BLOCKED) || atomic_load(&rt->afterlife)) {
        stand_still();
    } else { /* all have ended: the process is the first one's to end */
        rt->threads[0].turn = TURN_READY;
        give_turn(0);
        atomic_store(&rt->all_left, 1);
        rt_futex_wake(&rt->all_left);
    }
    rt_unlock();
    if (next < 0) {
        ring_for_nobody(t);
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
        give_turn(rt_index(t));
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
        go_out(t);
        rt->revoked++;
        give_turn(next);
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
        sched_step(t, OP_INTERRUPTED, -1, -1, call);
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
    go_out(t);
    pass_turn(t, false);
    decided(t);
}

/* `t` has the turn again, after `ns` in the kernel. It may have seen for how
 * long, so that the clock has to show it; but no limit runs out by that. */
static void catch_up(const struct rt_thread *t, uint64_t ns)
{
    uint64_t first = next_deadline(false);
    uint64_t at = t->out_at + ns;

    if (at > rt->now && first > rt->now) {
        time_passes(at < first ? at : first - 1);
    }
}

void sched_in(struct rt_thread *t)
{
    bool was_out = sched_controls && t->turn == TURN_OUT;
    uint64_t ns = was_out ? sched_machine_ns() - t->out_ns : 0;

    sched_keep(t);
    if (was_out) {
        catch_up(t, ns);
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
        make_ready(t, WHY_TOLD);
    }
}

void sched_cancel(struct rt_thread *t)
{
    if (sched_controls && t->turn == TURN_BLOCKED && t->cancellable) {
        make_ready(t, WHY_CANCELLED);
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

static struct rt_step *tell(const struct rt_thread *t, enum rt_op op,
                            int object, int other, uintptr_t pc)
{
    struct rt_step *s = &rt->story[rt->step_count++ % RT_STEPS];

    *s = (struct rt_step){.thread = (unsigned char)rt_index(t),
                          .op = (unsigned char)op,
                          .why = (unsigned char)t->why,
                          .object = (short)object,
                          .other = (short)other,
                          .switched = rt->told_taken != rt->taken_count,
                          .pc = pc};
    rt->told_taken = rt->taken_count;
    return s;
}

/* The value of 1 to 8 bytes, as the integer they most likely are. */
static int64_t signed_value(uint64_t value, size_t size)
{
    uint64_t sign = UINT64_C(0x80) << 8 * ((size - 1) % sizeof value);

    return (int64_t)(((value & (sign | (sign - 1))) ^ sign) - sign);
}

/* To lock by a call that does not wait is to look, and to change. */
static enum rt_touch_kind touch_of(const struct rt_thread *t, enum rt_op op,
                                   const struct rt_object *o)
{
    switch (op) {
    case OP_LOCK:
        return t->want.kind == WANT_NOTHING ? TOUCH_WRITE
               : t->want.kind == WANT_READ  ? TOUCH_SHARE
                                            : TOUCH_LOCK;
    case OP_UNLOCK:
        return o->type == RT_RWLOCK && o->users > 0 ? TOUCH_UNSHARE
                                                    : TOUCH_UNLOCK;
    case OP_TRY_FAILED:
        return TOUCH_READ;
    default:
        return TOUCH_WRITE;
    }
}

/* True if it leaves everything as it was. */
static bool only_looks(enum rt_op op)
{
    return op == OP_LOAD || op == OP_STALE || op == OP_TRY_FAILED ||
           op == OP_REFUSED || op == OP_WEAK_FAILED;
}

/* True if `t` has looked there before and nothing has changed since: a story of
 * who goes round and round needs that once. */
static bool told_before(struct rt_thread *t, enum rt_op op, uintptr_t pc)
{
    bool repeats =
        op == OP_SLEEP || op == OP_CALL || (only_looks(op) && op != OP_STALE);

    if (!repeats) {
        return false;
    }
    if (t->told_at != rt->changed) {
        t->told_at = rt->changed;
        t->told_count = 0;
    }
    for (int i = 0; i < t->told_count; i++) {
        if (t->told[i] == pc) {
            return true;
        }
    }
    if (t->told_count < RT_TOLD) {
        t->told[t->told_count++] = pc;
    }
    return false;
}

bool sched_step(struct rt_thread *t, enum rt_op op, int object, int other,
                uintptr_t pc)
{
    bool again;

    if (sched_controls) {
        if (only_looks(op)) {
            rt->looked = rt->steps;
        } else if (op != OP_SLEEP) {
            rt->changed = rt->steps;
        }
        again = told_before(t, op, pc);
        if (!again) {
            tell(t, op, object, other, pc);
        }
        if (searching() && object >= 0) {
            const struct rt_object *o = &rt->objects[object];
            sched_touch((const void *)o->addr, touch_of(t, op, o));
        }
        return !again;
    }
    return false;
}

void sched_tell_value(struct rt_thread *t, enum rt_op op, uintptr_t addr,
                      uint64_t value, size_t size, bool relaxed, uintptr_t pc)
{
    struct rt_step *s;

    if (sched_step(t, op, -1, -1, pc)) {
        s = &rt->story[(rt->step_count - 1) % RT_STEPS];
        s->addr = addr;
        s->relaxed = relaxed;
        s->valued = size <= sizeof value;
        s->value = s->valued ? signed_value(value, size) : 0;
    }
}

void sched_tell_call(struct rt_thread *t, const char *name, int fd, bool looks,
                     uintptr_t pc)
{
    struct rt_step *s;

    if (sched_controls && !(looks && told_before(t, OP_CALL, pc))) {
        s = tell(t, OP_CALL, -1, -1, pc);
        s->call = name;
        s->valued = fd >= 0;
        s->value = fd;
    }
}

void sched_tell_access(const struct rt_thread *t, enum rt_op op,
                       const volatile void *at, size_t size, uintptr_t pc)
{
    struct rt_step *s;
    uint64_t value = 0;

    if (sched_controls) {
        s = tell(t, op, -1, -1, pc);
        s->addr = (uintptr_t)at;
        s->valued = op == OP_READ && size <= sizeof value;
        for (size_t i = 0; s->valued && i < size; i++) {
            ((unsigned char *)&value)[i] = ((const volatile uint8_t *)at)[i];
        }
        s->value = s->valued ? signed_value(value, size) : 0;
    }
}

void sched_tell_race(const struct rt_thread *t, enum rt_op op, int other,
                     uintptr_t pc)
{
    struct rt_step *last = &rt->story[(rt->step_count - 1) % RT_STEPS];

    if (rt->step_count == 0 || last->thread != rt_index(t) || last->pc != pc) {
        tell(t, op, -1, other, pc);
    } else {
        last->other = (short)other;
    }
}
