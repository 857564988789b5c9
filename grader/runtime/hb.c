/* SPDX-License-Identifier: MIT */
/* hb.c - see hb.h. */
#include "hb.h"
#include "access.h"
#include "scheduler.h"

/* Static and never touched in the server: each run finds them zero. */
struct hb_clock hb_threads[RT_THREADS];
static struct {
    struct hb_clock released, shared;
} objects[RT_OBJECTS];
static struct hb_clock outside;
bool hb_is_on;

void hb_start(void)
{
    hb_is_on = sched_on() && access_seen();
    hb_threads[0].of[0] = 1;
}

void hb_off(void)
{
    hb_is_on = false;
}

void hb_merge(struct hb_clock *a, const struct hb_clock *b)
{
    int count = atomic_load(&rt->thread_count);

    for (int i = 0; i < count; i++) {
        if (b->of[i] > a->of[i]) {
            a->of[i] = b->of[i];
        }
    }
}

void hb_step(struct rt_thread *t)
{
    hb_of(t)->of[rt_index(t)]++;
}

bool hb_before(int thread, uint32_t epoch, const struct rt_thread *t)
{
    return epoch <= hb_of(t)->of[thread];
}

/* A record that is used again goes on counting where the last thread left. */
void hb_fork(struct rt_thread *parent, struct rt_thread *child)
{
    struct hb_clock *c = hb_of(child);
    uint32_t own = c->of[rt_index(child)];

    if (!hb_is_on) {
        return;
    }
    *c = *hb_of(parent);
    c->of[rt_index(child)] = own + 1;
    hb_step(parent);
}

void hb_join(struct rt_thread *into, const struct rt_thread *from)
{
    if (hb_is_on) {
        hb_merge(hb_of(into), hb_of(from));
    }
}

void hb_new(int object)
{
    if (hb_is_on && object >= 0) {
        objects[object].released = objects[object].shared =
            (struct hb_clock){{0}};
    }
}

void hb_acquire(struct rt_thread *t, int object)
{
    if (hb_is_on && object >= 0) {
        hb_merge(hb_of(t), &objects[object].released);
    }
}

void hb_acquire_all(struct rt_thread *t, int object)
{
    if (hb_is_on && object >= 0) {
        hb_merge(hb_of(t), &objects[object].released);
        hb_merge(hb_of(t), &objects[object].shared);
    }
}

static void release_to(struct rt_thread *t, struct hb_clock *c)
{
    hb_merge(c, hb_of(t));
    hb_step(t);
}

void hb_release(struct rt_thread *t, int object)
{
    if (hb_is_on && object >= 0) {
        release_to(t, &objects[object].released);
    }
}

void hb_release_shared(struct rt_thread *t, int object)
{
    if (hb_is_on && object >= 0) {
        release_to(t, &objects[object].shared);
    }
}

void hb_send(struct rt_thread *t)
{
    if (hb_is_on) {
        release_to(t, &outside);
    }
}

void hb_receive(struct rt_thread *t)
{
    if (hb_is_on) {
        hb_merge(hb_of(t), &outside);
    }
}
