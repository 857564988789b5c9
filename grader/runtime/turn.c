/* SPDX-License-Identifier: MIT */
/* turn.c - see turn.h. */
#include "turn.h"
#include "case.h"
#include "scheduler.h"

void turn_give(int next)
{
    struct rt_thread *n = &rt->threads[next];

    rt->current = next;
    atomic_store(&n->baton, 1);
    if (!rt->fibers) {
        rt_futex_wake(&n->baton);
    }
}

void turn_ready(struct rt_thread *t, enum rt_why why)
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

bool turn_anybody(enum rt_turn turn)
{
    for (int i = 0; i < atomic_load(&rt->thread_count); i++) {
        if (rt->threads[i].turn == turn) {
            return true;
        }
    }
    return false;
}

int turn_first_ready(void)
{
    for (int i = 0; i < atomic_load(&rt->thread_count); i++) {
        if (rt->threads[i].turn == TURN_READY) {
            return i;
        }
    }
    return -1;
}

void turn_go_out(struct rt_thread *t)
{
    t->turn = TURN_OUT;
    rt->unmodelled = true;
    rt->followed_ns = sched_machine_ns();
    t->out_at = rt->now;
    t->out_ns = rt->followed_ns;
}

/* What another process does to what is not known to be shared is not seen here;
 * and a client, or who sends a signal, need not be one of ours. */
void turn_stand_still(void)
{
    bool helped = rt->has_help || sched_outside.awaited();

    rt_finish(rt_case_whole && helped ? END_COMPLETED : END_STUCK);
}
