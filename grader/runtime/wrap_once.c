/* SPDX-License-Identifier: MIT */
/* wrap_once.c - pthread_once.
 *
 * Whoever gets there first owns the object while the initialiser runs, so one
 * that calls its own pthread_once again is a circle of one. All calls end in
 * the real one, which tells ThreadSanitizer what happened before what. */
#include "hb.h"
#include "rt.h"
#include "scheduler.h"
#include "steps.h"
#include "wrap.h"
#include "wrap_calls.h"

#include <pthread.h>
#include <valgrind/helgrind.h>

REAL(int, pthread_once, (pthread_once_t *, void (*)(void)));

struct once { /* one call */
    struct rt_thread *t;
    int object; /* or -1 */
    pthread_once_t *once;
    void (*fn)(void);
    uintptr_t pc;
    bool done; /* it returned: it was not cancelled inside */
};

/* The call whose initialiser the library may be about to run. */
static __thread struct once *beginning;

static void once_run(void)
{
    const struct once *o = beginning;

    rt_unblock(o->t);
    rt_lock();
    if (o->object >= 0) {
        rt->objects[o->object].owner = rt_index(o->t);
        rt->objects[o->object].acquired_pc = o->pc;
    }
    step_made(o->t, OP_ONCE, o->object, -1, o->pc);
    rt_unlock();
    o->fn();
    ANNOTATE_HAPPENS_BEFORE(o->once); /* Helgrind does not know this call */
}

/* Also when the initialiser is cancelled: then the next one begins again. */
static void once_over(void *arg)
{
    const struct once *o = arg;

    rt_unblock(o->t);
    if (o->object < 0) {
        return;
    }
    rt_lock();
    if (rt->objects[o->object].owner == rt_index(o->t)) {
        rt->objects[o->object].owner = -1;
        hb_release(o->t, o->object);
        step_made(o->t, OP_ONCE_DONE, o->object, -1, o->pc);
    }
    rt->objects[o->object].count = o->done;
    rt_unlock();
    sched_tell_object(o->object);
}

static void once_wait(const struct once *o, const void *frame)
{
    rt_block(o->t, RT_WAIT_ONCE, o->object, -1, frame);
    while (sched_on() && o->object >= 0 && rt->objects[o->object].owner >= 0) {
        sched_block(o->t, SCHED_NEVER, false);
    }
}

int rt_once(pthread_once_t *once, void (*fn)(void), const struct call *c)
{
    struct once o = {.t = rt_self(), .once = once, .fn = fn, .pc = c->pc};
    int rc;

    rt_point(o.t);
    o.object = rt_object_at(once, RT_ONCE, c->pc);
    sched_touch(once, TOUCH_WRITE);
    if (o.object >= 0 && rt->objects[o.object].count != 0) {
        ANNOTATE_HAPPENS_AFTER(once);
        hb_acquire(o.t, o.object);
        return __real_pthread_once(once, fn); /* long done */
    }
    once_wait(&o, c->frame);
    pthread_cleanup_push(once_over, &o);
    beginning = &o;
    rc = __real_pthread_once(once, once_run);
    ANNOTATE_HAPPENS_AFTER(once);
    hb_acquire(o.t, o.object);
    o.done = true;
    pthread_cleanup_pop(1);
    return rc;
}

int __wrap_pthread_once(pthread_once_t *once, void (*fn)(void))
{
    return rt_once(once, fn, HERE);
}
