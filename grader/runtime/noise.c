/* SPDX-License-Identifier: MIT */
/* noise.c - what a wrapped call does first, in a run that is not controlled.
 *
 * A right program must survive any timing. Such a run follows a plan:
 *   quiet     nothing is disturbed
 *   yield     before some wrapped calls the thread yields or naps briefly
 * Everything else is the scheduler's business (scheduler.c). */
#include "rt.h"
#include "scheduler.h"

#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* xorshift64* (Marsaglia 2003, Vigna 2016). */
static uint64_t next_random(struct rt_thread *t)
{
    t->rng ^= t->rng >> 12;
    t->rng ^= t->rng << 25;
    t->rng ^= t->rng >> 27;
    return t->rng * 0x2545f4914f6cdd1du;
}

static void nap(struct rt_thread *t)
{
    uint64_t r = next_random(t);
    struct timespec pause = {0, (long)((r >> 8) % 100000)};

    if (r % 16 == 0) { /* naps add up: a run makes hundreds of calls */
        syscall(SYS_nanosleep, &pause, NULL);
    } else if (r % 16 <= 4) {
        syscall(SYS_sched_yield);
    }
}

/* After a spurious wake-up the thread does something else than wait again:
 * it took the wake-up for what it was waiting for. */
void rt_went_on(struct rt_thread *t)
{
    if (t->woken_from < 0) {
        return;
    }
    rt_lock();
    rt_note(NOTE_SPURIOUS, t, t->woken_from, -1, &t->woken_at, NULL, "");
    t->woken_from = -1;
    rt_unlock();
}

void rt_point(struct rt_thread *t)
{
    rt->changed = rt->steps;
    rt_look(t);
}

void rt_look(struct rt_thread *t)
{
    t->ops++;
    t->choices = 0;
    rt_went_on(t);
    if (rt->plan.noise == NOISE_YIELD) {
        nap(t);
    }
    sched_point(t, false);
}
