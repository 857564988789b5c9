/* SPDX-License-Identifier: MIT */
/* noise.c - being unkind within the law.
 *
 * A right program must survive any timing. Each run follows a plan:
 *   quiet     nothing is disturbed; call sites are counted for later plans
 *   yield     before some wrapped calls the thread yields or naps briefly
 *   hold      one thread is paused before one call until every other thread
 *             sleeps; it then goes on. This needs no guess about durations,
 *             so it works alike on a fast and on a loaded machine.
 *   spurious  one condition wait returns without a signal, at once or when
 *             every other thread sleeps (POSIX permits spurious wake-ups).
 * Who sleeps is seen from outside by the server (server.c). */
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

static void count_site(struct rt_thread *t, uintptr_t pc)
{
    for (int i = 0; i < RT_SITES; i++) {
        struct rt_site *s = &t->sites[i];
        if (s->pc == 0) {
            *s = (struct rt_site){pc, t->ops, 0};
        }
        if (s->pc == pc) {
            s->count++;
            return;
        }
    }
}

void rt_hold_back(struct rt_thread *t)
{
    int was = atomic_load(&t->state);

    atomic_store(&t->gate, 1);
    atomic_store(&t->state, RT_HELD_BACK);
    atomic_store(&rt->held_back, rt_index(t));
    syscall(SYS_kill, rt->server, RT_HELD_SIGNAL); /* it looks at once */
    while (atomic_load(&t->gate) == 1) {
        rt_futex_wait(&t->gate, 1);
    }
    atomic_store(&t->state, was);
}

static void nap(struct rt_thread *t)
{
    uint64_t r = next_random(t);
    struct timespec pause = {0, (long)((r >> 8) % 100000)};

    if (r % 4 == 0) {
        syscall(SYS_nanosleep, &pause, NULL);
    } else if (r % 4 == 1) {
        syscall(SYS_sched_yield);
    }
}

/* After a spurious wake-up the thread does something else than wait again:
 * it took the wake-up for what it was waiting for. */
static void note_went_on(struct rt_thread *t)
{
    rt_lock();
    rt_note(NOTE_SPURIOUS, t, t->woken_from, -1, &t->woken_at, NULL, "");
    t->woken_from = -1;
    rt_unlock();
}

void rt_point(struct rt_thread *t, uintptr_t pc)
{
    t->ops++;
    t->choices = 0;
    if (t->woken_from >= 0) {
        note_went_on(t);
    }
    switch (rt->plan.noise) {
    case NOISE_QUIET:
        count_site(t, pc);
        break;
    case NOISE_YIELD:
        nap(t);
        break;
    case NOISE_HOLD:
        if (rt_index(t) == rt->plan.thread && t->ops == rt->plan.op) {
            rt_hold_back(t);
        }
        break;
    case NOISE_CONTROL:
        sched_point(t, false);
        break;
    default:
        break;
    }
}

bool rt_spurious_due(struct rt_thread *t)
{
    return rt->plan.noise == NOISE_SPURIOUS && rt_index(t) == rt->plan.thread &&
           t->waits == (rt->plan.op + 1) / 2;
}

/* Odd: the wake-up comes at once, while what was waited for is surely still
 * missing. Even: it comes when every other thread sleeps. */
bool rt_spurious_late(void)
{
    return rt->plan.op % 2 == 0;
}
