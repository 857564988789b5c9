/* SPDX-License-Identifier: MIT */
/* search.c - see search.h.
 *
 * The stack holds one frame per event of the current schedule. To backtrack is
 * to take the deepest frame that has somebody left to try, run the schedule up
 * to there once more, and let that thread go on instead. */
#include "search.h"
#include "arena.h"
#include "failure.h"
#include "strategy.h"

#include <string.h>

struct frame {
    uint64_t ready, backtrack, done; /* sets of threads, or of outcomes */
    int chosen, before;              /* who had the turn before it */
    bool pick;                       /* outcomes, not threads */
    int preemptions;                 /* up to here, this one included */
    int sleeping;
    struct rt_sleeper asleep[RT_SLEEPERS];
};

static struct frame *stack; /* of RT_EVENTS */
static int depth;
static unsigned char prefix[RT_EVENTS];
static uint32_t clocks[RT_EVENTS][RT_SEARCHED]; /* by event: happens-before */
static int starts[RT_EVENTS];

/* -- what depends on what ---------------------------------------------------
 */

static bool is_shared(const struct rt_touch *t)
{
    return t->kind == TOUCH_SHARE || t->kind == TOUCH_UNSHARE;
}

bool search_conflict(const struct rt_touch *a, const struct rt_touch *b)
{
    return a->id == b->id &&
           !(a->kind == TOUCH_READ && b->kind == TOUCH_READ) &&
           !(is_shared(a) && is_shared(b));
}

/* Who wants a lock that is held, or joins a thread that runs, cannot be next.
 */
bool search_coenabled(const struct rt_touch *a, const struct rt_touch *b)
{
    bool gives = a->kind == TOUCH_UNLOCK || a->kind == TOUCH_UNSHARE;
    bool waits = b->kind == TOUCH_LOCK || b->kind == TOUCH_SHARE;

    return !(gives && waits) && !(a->kind == TOUCH_END || b->kind == TOUCH_END);
}

bool search_dependent(const struct rt_touch *a, int a_count,
                      const struct rt_touch *b, int b_count)
{
    for (int i = 0; i < a_count; i++) {
        for (int k = 0; k < b_count; k++) {
            if (search_conflict(&a[i], &b[k])) {
                return true;
            }
        }
    }
    return false;
}

static uint64_t bit(int thread)
{
    return (uint64_t)1 << thread;
}

static int first_of(uint64_t set)
{
    return __builtin_ctzll(set);
}

/* -- frames ---------------------------------------------------------------- */

static bool preempts(const struct frame *f, int thread)
{
    return !f->pick && f->before != thread && f->before >= 0 &&
           (f->ready & bit(f->before)) != 0;
}

static int preemptions_before(int at)
{
    return at > 0 ? stack[at - 1].preemptions : 0;
}

/* Those of the frame before who still sleep after event number `at - 1`. */
static void inherit_sleep(struct frame *f, int at)
{
    const struct rt_event *e = at > 0 ? &rt->events[at - 1] : NULL;
    const struct frame *above = at > 0 ? &stack[at - 1] : NULL;

    f->sleeping = 0;
    for (int i = 0; at > 0 && i < above->sleeping; i++) {
        const struct rt_sleeper *s = &above->asleep[i];
        if (s->thread != e->thread &&
            !search_dependent(s->touch, s->touch_count, e->touch,
                              e->touch_count)) {
            f->asleep[f->sleeping++] = *s;
        }
    }
}

static void push(int at)
{
    const struct rt_event *e = &rt->events[at];
    struct frame *f = &stack[at];

    f->ready = e->ready;
    f->pick = e->pick;
    f->before = e->before;
    f->chosen = e->thread;
    f->done = f->backtrack = bit(e->pick ? e->outcome : e->thread);
    f->preemptions = preemptions_before(at) + preempts(f, e->thread);
    if (e->pick) {
        f->chosen = e->outcome;
        f->backtrack = f->ready;
    }
    inherit_sleep(f, at);
}

static uint64_t sleepers(const struct frame *f)
{
    uint64_t set = 0;

    for (int i = 0; i < f->sleeping; i++) {
        set |= bit(f->asleep[i].thread);
    }
    return f->pick ? 0 : set;
}

/* -- reduction ------------------------------------------------------------- */

/* Where the thread of event `at` was chosen: an outcome is part of what it did
 * since then. */
static struct frame *chooser(int at)
{
    while (at > 0 && stack[at].pick) {
        at--;
    }
    return &stack[at];
}

/* Another order of the events `at` and a later one of `thread` is possible:
 * the thread is to be tried before `at`, or whoever may bring it there. */
static void try_before(int at, int thread)
{
    struct frame *f = chooser(at);

    f->backtrack |= (f->ready & bit(thread)) != 0 ? bit(thread) : f->ready;
}

/* Where the thread of event `at` began to run, or last gave way. */
static void learn_start(int at)
{
    bool goes_on = at > 0 && (stack[at].pick || (stack[at].before >= 0 &&
                                                 rt->events[at - 1].thread ==
                                                     rt->events[at].thread));

    starts[at] = goes_on ? starts[at - 1] : at;
}

static bool race(const struct rt_event *a, const struct rt_event *b,
                 bool *dependent)
{
    bool found = false;

    for (int i = 0; i < a->touch_count; i++) {
        for (int k = 0; k < b->touch_count; k++) {
            if (search_conflict(&a->touch[i], &b->touch[k])) {
                *dependent = true;
                found = found || search_coenabled(&a->touch[i], &b->touch[k]);
            }
        }
    }
    return found;
}

static void merge(uint32_t *into, const uint32_t *from)
{
    for (int t = 0; t < RT_SEARCHED; t++) {
        into[t] = from[t] > into[t] ? from[t] : into[t];
    }
}

/* What happened before event `j`: all that its thread had done, and the events
 * of others that it depends on. Clocks hold the number of a thread's last
 * event, plus 1. */
static void learn_clock(int j)
{
    const struct rt_event *e = &rt->events[j];
    bool dependent;

    for (int i = j - 1; i >= 0; i--) {
        const struct rt_event *p = &rt->events[i];
        dependent = p->thread == e->thread;
        race(p, e, &dependent);
        if (clocks[j][p->thread] > (uint32_t)i || !dependent) {
            continue;
        }
        merge(clocks[j], clocks[i]);
    }
    clocks[j][e->thread] = (uint32_t)j + 1;
}

static bool came_before(int i, int k)
{
    return clocks[k][rt->events[i].thread] > (uint32_t)i;
}

/* Of what happened between the events `i` and `j`, and not because of `i`, and
 * then `j`: the threads that can be the first to go on. */
static uint64_t initials(int i, int j)
{
    int first[RT_SEARCHED];
    uint64_t there = 0, set = 0;

    for (int k = i + 1; k <= j; k++) {
        int thread = rt->events[k].thread;
        bool free = true;
        if ((k < j && came_before(i, k)) || (there & bit(thread)) != 0) {
            continue;
        }
        for (uint64_t t = there; t != 0 && free; t &= t - 1) {
            free = !came_before(first[first_of(t)], k);
        }
        first[thread] = k;
        there |= bit(thread);
        set |= free ? bit(thread) : 0;
    }
    return set;
}

/* The event `j` could come before `i`. One of those who can go on to that is to
 * be tried at `i` (source sets: Abdulla, Aronis, Jonsson, Sagonas, POPL 2014).
 * It need not be the thread of `j`: if that one sleeps, what it would do next
 * was tried, but perhaps not after what the others do. */
static void reverse(int i, int j)
{
    uint64_t set = initials(i, j);
    const struct frame *f = chooser(i);

    if ((set & (f->backtrack | sleepers(f))) == 0) {
        try_before(i, (set & bit(rt->events[j].thread)) != 0
                          ? rt->events[j].thread
                          : first_of(set));
    }
}

/* Each event before `j`, of another thread, that could have come after it
 * instead, unless there is another such event between the two in time. `known`:
 * the clock of what the thread of `j` did before. */
static void find_races_of(int j, const uint32_t *known)
{
    const struct rt_event *e = &rt->events[j];
    uint32_t seen[RT_SEARCHED];
    bool dependent;

    memcpy(seen, known, sizeof seen);
    for (int i = j - 1; i >= 0; i--) {
        const struct rt_event *p = &rt->events[i];
        if (p->thread != e->thread && seen[p->thread] <= (uint32_t)i &&
            race(p, e, &dependent)) {
            reverse(i, j);
            merge(seen, clocks[i]);
        }
    }
}

/* The same with a bound. The way to another order may be too dear, so all of
 * them count. So does whoever gives back what `j` waits for: to be stopped by a
 * lock costs nothing, but to stop its owner with the lock is a choice of its
 * own. And it may be too late to preempt at the other event: its thread may
 * have to be kept from beginning, which costs none. */
static void find_races_within(int j, const uint32_t *known)
{
    const struct rt_event *e = &rt->events[j];

    for (int i = j - 1; i >= 0; i--) {
        const struct rt_event *p = &rt->events[i];
        bool dependent = false;
        if (p->thread == e->thread || known[p->thread] > (uint32_t)i) {
            continue;
        }
        race(p, e, &dependent);
        if (dependent) {
            try_before(i, e->thread);
            try_before(starts[i], e->thread);
        }
    }
}

/* The events before `from` are as in the run before this: their clocks are
 * known, and so is what is to be tried because of them. */
static void find_races(int from, int count, int bound)
{
    static const uint32_t nothing[RT_SEARCHED];
    int last[RT_SEARCHED];

    memset(last, -1, sizeof last);
    for (int j = 0; j < from; j++) {
        last[rt->events[j].thread] = j;
    }
    memset(clocks[from], 0, (size_t)(count - from) * sizeof clocks[0]);
    for (int j = from; j < count; j++) {
        int thread = rt->events[j].thread;
        const uint32_t *known =
            last[thread] >= 0 ? clocks[last[thread]] : nothing;
        learn_clock(j);
        learn_start(j);
        if (bound < 0) {
            find_races_of(j, known);
        } else {
            find_races_within(j, known);
        }
        last[thread] = j;
    }
}

static void find_all(int count)
{
    for (int i = 0; i < count; i++) {
        stack[i].backtrack = stack[i].ready;
    }
}

/* -- the search ------------------------------------------------------------ */

/* False if there is no room. */
static bool add_touches(struct rt_sleeper *s, const struct rt_event *e)
{
    for (int i = 0; i < e->touch_count; i++) {
        if (s->touch_count == RT_TOUCHES) {
            return false;
        }
        s->touch[s->touch_count++] = e->touch[i];
    }
    return true;
}

/* The schedule that the stack holds was run: who was tried in its deepest
 * frame sleeps there from now on. Its stretch goes on behind outcomes that were
 * chosen in it. */
static void put_to_sleep(struct frame *f, int at)
{
    const struct rt_event *e = &rt->events[at];
    struct rt_sleeper *s = &f->asleep[f->sleeping];
    bool whole;

    if (f->pick || f->sleeping == RT_SLEEPERS || e->thread != f->chosen) {
        return;
    }
    *s = (struct rt_sleeper){.thread = e->thread};
    whole = add_touches(s, e);
    while (whole && ++at < rt->event_count && rt->events[at].pick) {
        whole = add_touches(s, &rt->events[at]);
    }
    f->sleeping += whole;
}

/* Drops frames until one has somebody left; false if none has. */
static bool backtrack(int bound, bool reduce)
{
    while (depth > 0) {
        struct frame *f = &stack[depth - 1];
        uint64_t left = f->backtrack & ~f->done;
        if (reduce && bound < 0) {
            put_to_sleep(f, depth - 1);
            left &= ~sleepers(f);
        }
        while (left != 0) {
            int next = first_of(left);
            int spent = preemptions_before(depth - 1) + preempts(f, next);
            left &= ~bit(next);
            f->done |= bit(next);
            if (bound < 0 || spent <= bound) {
                f->chosen = next;
                f->preemptions = spent;
                return true;
            }
        }
        depth--;
    }
    return false;
}

static void run(const struct explorer *e, struct outcome *o)
{
    struct frame *f = depth > 0 ? &stack[depth - 1] : NULL;
    struct rt_schedule s = {
        .strategy = STRATEGY_SEARCH, .prefix = prefix, .prefix_length = depth};

    for (int i = 0; i < depth; i++) {
        prefix[i] = (unsigned char)stack[i].chosen;
    }
    if (f != NULL) {
        s.sleepers = f->asleep;
        s.sleeper_count = f->sleeping;
    }
    e->run(e->ctx, &s, o);
}

/* True if the log is whole, and of a run that the schedule decided. */
static bool logged(const struct outcome *o)
{
    int count = rt->event_count;

    return !o->cut_off && !rt->unmodelled && !rt->diverged && count >= depth &&
           count < RT_EVENTS && atomic_load(&rt->thread_count) <= RT_SEARCHED;
}

enum { RESULTS = 256 }; /* told apart */

static void note_result(struct searched *x, uint64_t result)
{
    static uint64_t seen[RESULTS];

    for (unsigned i = 0; i < x->results; i++) {
        if (seen[i] == result) {
            return;
        }
    }
    if (x->results < RESULTS) {
        seen[x->results++] = result;
        x->sum += result;
    }
}

struct searched search(const struct explorer *e, int bound, bool reduce,
                       unsigned budget, struct outcome *o)
{
    struct searched x = {.bound = bound};

    if (stack == NULL &&
        (stack = arena_map(RT_EVENTS * sizeof *stack)) == NULL) {
        return x;
    }
    depth = 0;
    while (x.runs < budget && explorer_has_time(e)) {
        run(e, o);
        x.runs++;
        x.left_out |= rt->left_out;
        x.failed = failure_in(o);
        if (x.failed || !logged(o)) {
            return x;
        }
        if (!rt->pruned) {
            x.schedules++;
            note_result(&x, failure_result(o));
        }
        for (int i = depth; i < rt->event_count; i++) {
            push(i);
        }
        if (reduce) {
            find_races(depth > 0 ? depth - 1 : 0, rt->event_count, bound);
        } else {
            find_all(rt->event_count);
        }
        depth = rt->event_count;
        if (!backtrack(bound, reduce)) {
            x.complete = true;
            return x;
        }
    }
    return x;
}
