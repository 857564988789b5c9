/* SPDX-License-Identifier: MIT */
/* steps.c - see steps.h. */
#include "steps.h"
#include "scheduler.h"
#include "strategy.h"

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
    if (rt_is_among(pc, t->told, t->told_count)) {
        return true;
    }
    if (t->told_count < RT_TOLD) {
        t->told[t->told_count++] = pc;
    }
    return false;
}

bool step_made(struct rt_thread *t, enum rt_op op, int object, int other,
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
        if (object >= 0 && rt->schedule.strategy == STRATEGY_SEARCH) {
            const struct rt_object *o = &rt->objects[object];
            sched_touch((const void *)o->addr, touch_of(t, op, o));
        }
        return !again;
    }
    return false;
}

void step_value(struct rt_thread *t, enum rt_op op, uintptr_t addr,
                uint64_t value, size_t size, bool relaxed, uintptr_t pc)
{
    struct rt_step *s;

    if (step_made(t, op, -1, -1, pc)) {
        s = &rt->story[(rt->step_count - 1) % RT_STEPS];
        s->addr = addr;
        s->relaxed = relaxed;
        s->valued = size <= sizeof value;
        s->value = s->valued ? signed_value(value, size) : 0;
    }
}

void step_call(struct rt_thread *t, const char *name, int fd, bool looks,
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

void step_access(const struct rt_thread *t, enum rt_op op,
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

void step_race(const struct rt_thread *t, enum rt_op op, int other,
               uintptr_t pc)
{
    struct rt_step *last = &rt->story[(rt->step_count - 1) % RT_STEPS];

    if (rt->step_count == 0 || last->thread != rt_index(t) || last->pc != pc) {
        tell(t, op, -1, other, pc);
    } else {
        last->other = (short)other;
    }
}
