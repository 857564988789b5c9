/* SPDX-License-Identifier: MIT */
/* strategy_search.c - one of all schedules: as given up to some event, then the
 * base, but for those who sleep: whoever was tried in this place before, and
 * whom nothing has touched since. Logs what search.c needs. */
#include "search.h"
#include "strategy.h"

#include <string.h>

static uint64_t asleep; /* by position in the schedule's list */
static int heard;       /* events that have woken whom they wake */

static void begin(void)
{
    asleep = 0;
    heard = rt->schedule.prefix_length > 0 ? rt->schedule.prefix_length - 1 : 0;
    for (int i = 0; i < rt->schedule.sleeper_count; i++) {
        asleep |= (uint64_t)1 << i;
    }
}

static void born(struct rt_thread *t)
{
    (void)t;
}

static struct rt_event *last_event(void)
{
    return rt->event_count > 0 ? &rt->events[rt->event_count - 1] : NULL;
}

/* Whoever depends on this event wakes up. */
static void wake_by(const struct rt_event *e)
{
    for (int i = 0; i < rt->schedule.sleeper_count; i++) {
        const struct rt_sleeper *s = &rt->schedule.sleepers[i];
        if (s->thread == e->thread ||
            search_dependent(s->touch, s->touch_count, e->touch,
                             e->touch_count)) {
            asleep &= ~((uint64_t)1 << i);
        }
    }
}

/* An outcome that was chosen splits a stretch into two events. */
static void wake_sleepers(void)
{
    while (heard < rt->event_count) {
        wake_by(&rt->events[heard++]);
    }
}

static bool sleeps(int thread)
{
    for (int i = 0; i < rt->schedule.sleeper_count; i++) {
        if ((asleep & (uint64_t)1 << i) != 0 &&
            rt->schedule.sleepers[i].thread == thread) {
            return true;
        }
    }
    return false;
}

static void log_event(const struct options *o, int chosen)
{
    struct rt_event *e;

    if (rt->event_count == RT_EVENTS) {
        return;
    }
    e = &rt->events[rt->event_count++];
    *e = (struct rt_event){.thread = chosen,
                           .before = o->tired ? -1 : o->current};
    for (int i = 0; i < o->ready_count; i++) {
        if (o->ready[i] < RT_SEARCHED) {
            e->ready |= (uint64_t)1 << o->ready[i];
        }
    }
}

/* Goes on, or takes the next one after it that is awake; -1: all sleep. */
static int awake(const struct options *o)
{
    int best = -1;

    if (strategy_is_ready(o, o->base) && !sleeps(o->base)) {
        return o->base;
    }
    for (int i = 0; i < o->ready_count; i++) {
        int k = o->ready[i];
        if (sleeps(k)) {
            continue;
        }
        if (k == o->current) {
            return k;
        }
        best = best < 0 ? k : best;
    }
    return best;
}

/* A run that is too long to be followed is only brought to its end: who spins
 * would wait for ever for one that is asleep. */
static int choose(const struct options *o)
{
    int at = rt->event_count, chosen;

    if (at == RT_EVENTS) {
        return o->base;
    }
    if (at < rt->schedule.prefix_length) {
        chosen = rt->schedule.prefix[at];
        if (!strategy_is_ready(o, chosen)) {
            rt->diverged = true;
            chosen = o->base;
        }
    } else {
        wake_sleepers();
        chosen = awake(o);
        if (chosen < 0) {
            rt->pruned = true;
            rt_finish(END_COMPLETED);
        }
    }
    log_event(o, chosen);
    return chosen;
}

int strategy_search_outcome(struct rt_thread *t, int count)
{
    int at = rt->event_count, chosen = 0;

    if (at < rt->schedule.prefix_length) {
        chosen = rt->schedule.prefix[at];
    }
    if (chosen >= count) {
        rt->diverged = true;
        chosen = 0;
    }
    if (at < RT_EVENTS) {
        rt->events[rt->event_count++] =
            (struct rt_event){.thread = rt_index(t),
                              .before = rt_index(t),
                              .pick = true,
                              .outcome = chosen,
                              .ready = ((uint64_t)1 << count) - 1};
    }
    return chosen;
}

void strategy_search_touch(uintptr_t id, enum rt_touch_kind kind)
{
    struct rt_event *e = last_event();

    if (e == NULL || rt->event_count == RT_EVENTS) {
        return;
    }
    for (int i = 0; i < e->touch_count; i++) {
        if (e->touch[i].id == id && e->touch[i].kind == kind) {
            return;
        }
    }
    if (e->touch_count == RT_TOUCHES) {
        rt->unmodelled = true;
    } else {
        e->touch[e->touch_count++] = (struct rt_touch){id, kind};
    }
}

const struct strategy strategy_search = {"search", begin, born,
                                         choose,   NULL,  false};
