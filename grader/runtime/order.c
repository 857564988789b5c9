/* SPDX-License-Identifier: MIT */
/* order.c - lock order, judged at the end of a run.
 *
 * Whenever a thread takes lock B while it holds A, the edge A -> B is kept
 * together with everything else it held (its gates). Two edges A -> B and
 * B -> A are an inversion: two threads that run those lines at the same time
 * can each hold one lock and wait for the other.
 *
 * They are not reported when nothing could make them run at the same time
 * inside one another: when both were made under a common third lock or
 * semaphore permit (a gate lock). The method is Goodlock with gate locks
 * (Havelund, "Using Runtime Analysis to Guide Model Checking of Java
 * Programs", SPIN 2000). Longer cycles are left to the deadlock oracle, which
 * needs no guess, and to the strategy that leads there (strategy_hold.c).
 *
 * Thread clocks grow along create, join and semaphore hand-overs; the judge
 * uses them to say whether the two halves could overlap in this very test. */
#include "rt.h"

#include <string.h>

void rt_clock_fork(struct rt_thread *parent, struct rt_thread *child)
{
    uint32_t own = child->clock[rt_index(child)]; /* of who had it before */

    memcpy(child->clock, parent->clock, sizeof child->clock);
    child->clock[rt_index(child)] = own + 1;
    parent->clock[rt_index(parent)]++;
}

void rt_clock_join(struct rt_thread *into, const struct rt_thread *from)
{
    for (int i = 0; i < RT_THREADS; i++) {
        if (from->clock[i] > into->clock[i]) {
            into->clock[i] = from->clock[i];
        }
    }
}

static bool edge_known(int from, int to, int thread)
{
    for (int i = 0; i < rt->edge_count; i++) {
        const struct rt_edge *e = &rt->edges[i];
        if (e->from == from && e->to == to && e->thread == thread) {
            return true;
        }
    }
    return false;
}

void rt_order_acquire(struct rt_thread *t, int object,
                      const struct rt_stack *at)
{
    if (object < 0) {
        return;
    }
    for (int i = 0; i < t->held_count; i++) {
        int from = t->held[i].object;
        struct rt_edge *e;
        if (from == object || rt->objects[from].type != RT_MUTEX ||
            edge_known(from, object, rt_index(t)) ||
            rt->edge_count == RT_EDGES) {
            continue;
        }
        e = &rt->edges[rt->edge_count++];
        *e = (struct rt_edge){.from = from,
                              .to = object,
                              .thread = rt_index(t),
                              .from_pc = t->held[i].pc,
                              .at = *at,
                              .stamp = t->clock[rt_index(t)]};
        memcpy(e->clock, t->clock, sizeof e->clock);
        for (int g = 0; g < t->held_count; g++) {
            if (t->held[g].object != from) {
                e->gates[e->gate_count++] = t->held[g].object;
            }
        }
    }
}

/* A lock that is destroyed takes its edges with it: the next lock at the
 * same address is another lock. What was proved before stays proved. */
void rt_order_forget(int object)
{
    rt_order_judge();
    for (int i = 0; i < rt->edge_count;) {
        struct rt_edge *e = &rt->edges[i];
        bool gate = false;
        for (int g = 0; g < e->gate_count; g++) {
            gate = gate || e->gates[g] == object;
        }
        if (e->from == object || e->to == object || gate) {
            *e = rt->edges[--rt->edge_count];
        } else {
            i++;
        }
    }
}

static bool common_gate(const struct rt_edge *a, const struct rt_edge *b)
{
    for (int i = 0; i < a->gate_count; i++) {
        for (int j = 0; j < b->gate_count; j++) {
            if (a->gates[i] == b->gates[j]) {
                return true;
            }
        }
    }
    return false;
}

static bool before(const struct rt_edge *a, const struct rt_edge *b)
{
    return a->stamp <= b->clock[a->thread];
}

static bool inverse(const struct rt_edge *a, const struct rt_edge *b)
{
    return a->from == b->to && a->to == b->from && !common_gate(a, b);
}

static bool overlap(const struct rt_edge *a, const struct rt_edge *b)
{
    return a->thread != b->thread && !before(a, b) && !before(b, a);
}

/* The first two that are inverse, or rather the first of those that overlap. */
void rt_order_judge(void)
{
    const struct rt_edge *a = NULL, *b = NULL;
    bool meet = false;

    for (int i = 0; i < rt->edge_count && !meet; i++) {
        for (int j = i + 1; j < rt->edge_count && !meet; j++) {
            const struct rt_edge *one = &rt->edges[i], *two = &rt->edges[j];
            meet = inverse(one, two) && overlap(one, two);
            if (meet || (a == NULL && inverse(one, two))) {
                a = one;
                b = two;
            }
        }
    }
    if (a != NULL) {
        rt_note(NOTE_LOCK_ORDER, &rt->threads[b->thread], b->to, b->from,
                &b->at, &a->at, meet ? "overlap" : "apart");
    }
}
