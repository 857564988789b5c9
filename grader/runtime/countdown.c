/* SPDX-License-Identifier: MIT */
/* countdown.c - see countdown.h. */
#include "countdown.h"
#include "scheduler.h"

void countdown_set(struct countdown *c, int flags, const struct itimerspec *to)
{
    uint64_t value = sched_ns_of(&to->it_value);

    c->interval = sched_ns_of(&to->it_interval);
    if (value == 0) {
        c->due = SCHED_NEVER;
    } else if ((flags & TIMER_ABSTIME) != 0) {
        c->due = sched_deadline(c->clock, &to->it_value);
    } else {
        c->due = sched_now() + value;
    }
}

uint64_t countdown_run_out(struct countdown *c)
{
    uint64_t times = 1;

    if (c->interval > 0) {
        times += (sched_now() - c->due) / c->interval;
        c->due += times * c->interval;
    } else {
        c->due = SCHED_NEVER;
    }
    return times;
}

uint64_t countdown_left(const struct countdown *c)
{
    uint64_t now = sched_now();

    return c->due == SCHED_NEVER ? 0 : c->due > now ? c->due - now : 1;
}

struct itimerspec countdown_setting(const struct countdown *c)
{
    return (struct itimerspec){sched_timespec_of(c->interval),
                               sched_timespec_of(countdown_left(c))};
}
