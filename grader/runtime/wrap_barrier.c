/* SPDX-License-Identifier: MIT */
/* wrap_barrier.c - barriers. */
#include "hb.h"
#include "rt.h"
#include "scheduler.h"
#include "steps.h"
#include "wrap.h"
#include "wrap_calls.h"

REAL(int, pthread_barrier_init,
     (pthread_barrier_t *, const pthread_barrierattr_t *, unsigned));
REAL(int, pthread_barrier_wait, (pthread_barrier_t *));

int __wrap_pthread_barrier_init(pthread_barrier_t *b,
                                const pthread_barrierattr_t *attr,
                                unsigned count)
{
    rt_object_new(b, RT_BARRIER, RT_CALLER, (int)count);
    return __real_pthread_barrier_init(b, attr, count);
}

/* The last one to arrive tells the others. `users` counts who has arrived. */
static int controlled_barrier(struct rt_thread *t, pthread_barrier_t *b)
{
    int object = t->wait_object;
    struct rt_object *o = &rt->objects[object];
    bool last;

    step_made(t, OP_ARRIVE, object, -1, RT_CALLER);
    rt_tools_release(b);
    hb_release(t, object);
    last = ++o->users >= o->count;
    if (last) {
        o->users = 0;
        t->wait_object = -1;
        sched_tell_object(object);
    } else {
        sched_block(t, SCHED_NEVER, false);
    }
    hb_acquire(t, object);
    rt_tools_acquire(b);
    return last ? PTHREAD_BARRIER_SERIAL_THREAD : 0;
}

int __wrap_pthread_barrier_wait(pthread_barrier_t *b)
{
    struct rt_thread *t = rt_self();
    int rc;

    rt_point(t);
    rt_uses(b, RT_BARRIER, HERE);
    rt_must_be_made(b, RT_BARRIER, sizeof *b, HERE);
    rt_block(t, RT_WAIT_BARRIER, rt_object_at(b, RT_BARRIER, RT_CALLER), -1,
             __builtin_frame_address(0));
    rc = sched_on() ? controlled_barrier(t, b) : __real_pthread_barrier_wait(b);
    rt_unblock(t);
    return rc;
}
