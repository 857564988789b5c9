/* SPDX-License-Identifier: MIT */
/* core.c - threads, objects and waits: the book-keeping behind the wrapped
 * calls. Everything here works on the shared `struct run`; rt.h states who
 * may call what. */
#include "hb.h"
#include "rt.h"
#include "scheduler.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

struct run *rt;
void (*rt_epilogue)(void);
__thread int rt_self_index __attribute__((tls_model("initial-exec"))) = -1;

/* The kernel makes this call again after a handler with SA_RESTART, but never
 * if it has a limit: one that is always interrupted has a long one. */
bool rt_futex_sleep(_Atomic uint32_t *word, uint32_t value, enum rt_eintr how)
{
    static const struct timespec long_time = {3600, 0};
    int before = errno; /* the program's; it may be about to read it */
    bool interrupted;

    interrupted =
        syscall(SYS_futex, word, FUTEX_WAIT, value,
                how == EINTR_ALWAYS ? &long_time : NULL, NULL, 0) != 0 &&
        errno == EINTR && how != EINTR_NEVER;
    errno = before;
    return interrupted;
}

void rt_futex_wait(_Atomic uint32_t *word, uint32_t value)
{
    rt_futex_sleep(word, value, EINTR_NEVER);
}

bool rt_slurp(const char *path, char *buf, size_t size)
{
    long fd = syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
    long n;

    if (fd < 0) {
        return false;
    }
    n = syscall(SYS_read, fd, buf, size - 1);
    syscall(SYS_close, fd);
    buf[n > 0 ? n : 0] = '\0';
    return n > 0;
}

void rt_futex_wake(_Atomic uint32_t *word)
{
    syscall(SYS_futex, word, FUTEX_WAKE, 1 << 20, NULL, NULL, 0);
}

/* 0 free, 1 taken, 2 taken and somebody may wait. */
bool rt_try_lock(void)
{
    uint32_t seen = 0;

    return atomic_compare_exchange_strong(&rt->lock, &seen, 1);
}

void rt_lock(void)
{
    if (rt_try_lock()) {
        return;
    }
    while (atomic_exchange(&rt->lock, 2) != 0) {
        rt_futex_wait(&rt->lock, 2);
    }
}

void rt_unlock(void)
{
    if (atomic_exchange(&rt->lock, 0) == 2) {
        rt_futex_wake(&rt->lock);
    }
}

void rt_bind(int index)
{
    struct rt_thread *t = &rt->threads[index];

    rt_self_index = index;
    t->rng = rt->plan.seed * 0x9e3779b97f4a7c15u + (uint64_t)index + 1;
    if (!rt->fibers || index == 0) { /* the kernel's threads have those */
        rt_alt_stack(index);
    }
    atomic_store(&t->tid, (int)syscall(SYS_gettid));
}

/* A signal handler can be the first thing that a thread of ours does. */
static int not_yet_bound(void)
{
    pthread_t self = pthread_self();

    for (int i = atomic_load(&rt->thread_count) - 1; i >= 0; i--) {
        if (rt->threads[i].handle == self &&
            atomic_load(&rt->threads[i].tid) == 0) {
            return i;
        }
    }
    return -1;
}

struct rt_thread *rt_self(void)
{
    int mine;

    if (rt_self_index < 0 && (mine = not_yet_bound()) >= 0) {
        rt_bind(mine);
    } else if (rt_self_index < 0) {
        /* A thread some library made: give it the last record. What orders it
         * with the others is not known. */
        hb_off();
        rt->threads[RT_THREADS - 1].wait_object = -1;
        rt->threads[RT_THREADS - 1].wait_thread = -1;
        rt->threads[RT_THREADS - 1].woken_from = -1;
        rt_bind(RT_THREADS - 1);
    }
    return &rt->threads[rt_self_index];
}

bool rt_own_stack(uintptr_t *out_low, uintptr_t *out_top)
{
    pthread_attr_t attr;
    void *low;
    size_t size;

    if (pthread_getattr_np(pthread_self(), &attr) != 0) {
        return false;
    }
    pthread_attr_getstack(&attr, &low, &size);
    pthread_attr_destroy(&attr);
    *out_low = (uintptr_t)low;
    *out_top = (uintptr_t)low + size;
    return true;
}

void rt_walk(struct rt_stack *out, const void *frame, uintptr_t top)
{
    const uintptr_t *fp = frame;

    out->depth = 0;
    while (out->depth < RT_STACK) {
        uintptr_t here = (uintptr_t)fp;
        if (here == 0 || (here & 7) != 0 || here >= top || fp[1] == 0) {
            break;
        }
        out->pc[out->depth++] = fp[1];
        if (fp[0] <= here) {
            break;
        }
        fp = (const uintptr_t *)fp[0];
    }
}

/* -- objects ------------------------------------------------------------ */

int rt_object_find(const void *addr, enum rt_type type)
{
    for (int i = 0; i < rt->object_count; i++) {
        const struct rt_object *o = &rt->objects[i];
        if (o->addr == (uintptr_t)addr && o->type == (int)type && !o->gone) {
            return i;
        }
    }
    return -1;
}

/* A slot for a new object: a fresh one, for reports may still name those that
 * are gone; when the table is full, one that is gone. */
static int object_slot(void)
{
    if (rt->object_count < RT_OBJECTS) {
        return rt->object_count++;
    }
    for (int i = 0; i < RT_OBJECTS; i++) {
        if (rt->objects[i].gone) {
            hb_new(i);
            return i;
        }
    }
    hb_off();  /* what it would have ordered looks like a race */
    return -1; /* too many to follow: we then know less, never wrongly */
}

int rt_object(const void *addr, enum rt_type type, uintptr_t pc)
{
    int i = rt_object_find(addr, type);

    if (i < 0 && (i = object_slot()) >= 0) {
        rt->objects[i] = (struct rt_object){.addr = (uintptr_t)addr,
                                            .type = type,
                                            .owner = -1,
                                            .partner = -1,
                                            .lost_thread = -1,
                                            .first_pc = pc};
    }
    return i;
}

void rt_object_forget(int object)
{
    if (object >= 0) {
        rt_order_forget(object);
        rt->objects[object].gone = true;
    }
}

void rt_forget_range(uintptr_t from, uintptr_t to)
{
    for (int i = 0; i < rt->object_count; i++) {
        struct rt_object *o = &rt->objects[i];
        if (o->addr >= from && o->addr < to) {
            o->destroyed = false; /* what is there next is something else */
            if (!o->gone) {
                sched_touch((const void *)o->addr, TOUCH_WRITE);
                rt_object_forget(i);
            }
        }
    }
}

bool rt_holds(const struct rt_thread *t, int object)
{
    if (object >= 0 && rt->objects[object].owner == rt_index(t)) {
        return true; /* even if it holds more than are listed */
    }
    for (int i = 0; i < t->held_count; i++) {
        if (t->held[i].object == object) {
            return true;
        }
    }
    return false;
}

void rt_acquired(struct rt_thread *t, int object, uintptr_t pc)
{
    struct rt_object *o;

    if (object < 0) {
        return;
    }
    o = &rt->objects[object];
    hb_acquire_all(t, object);
    if (o->owner == rt_index(t) && o->depth > 0) {
        o->depth++;
        return;
    }
    if (o->type == RT_MUTEX || o->type == RT_RWLOCK) {
        o->owner = rt_index(t);
        o->depth = 1;
    }
    o->acquired_pc = pc;
    o->acquired_step = rt->steps;
    o->acquired_by = rt_index(t);
    rt->nests = rt->nests || t->held_count > 0;
    if (t->held_count < RT_HELD) {
        t->held[t->held_count++] = (struct rt_held){object, pc};
    }
}

static void drop_held(struct rt_thread *t, int object)
{
    for (int i = t->held_count - 1; i >= 0; i--) {
        if (t->held[i].object == object) {
            memmove(&t->held[i], &t->held[i + 1],
                    (size_t)(t->held_count - i - 1) * sizeof t->held[0]);
            t->held_count--;
            return;
        }
    }
}

bool rt_released(struct rt_thread *t, int object)
{
    struct rt_object *o;

    if (object < 0) {
        return true;
    }
    o = &rt->objects[object];
    if (o->owner != rt_index(t)) {
        return false;
    }
    if (--o->depth == 0) {
        hb_release(t, object);
        o->owner = -1;
        drop_held(t, object);
    }
    return true;
}

/* -- waits -------------------------------------------------------------- */

/* The thread that alone can end the wait of `t`, or -1. */
static int waits_for(const struct rt_thread *t)
{
    switch (atomic_load(&t->state)) {
    case RT_WAIT_MUTEX:
    case RT_WAIT_RWLOCK:
    case RT_WAIT_ONCE:
        return t->wait_object < 0 ? -1 : rt->objects[t->wait_object].owner;
    case RT_WAIT_JOIN:
        return t->wait_thread;
    default:
        return -1;
    }
}

/* Every edge is a fact: the owner of a lock is cleared before the lock is
 * released and set after it is taken, and all under rt_lock. Not so in a forked
 * process, whose books its parent was still writing when they were copied. */
void rt_find_cycle(struct rt_thread *t)
{
    int at = rt_index(t);
    int count = 0;

    if (rt_forked()) {
        return;
    }
    do {
        rt->cycle[count++] = at;
        at = waits_for(&rt->threads[at]);
    } while (at >= 0 && at != rt_index(t) && count < RT_THREADS);
    if (at == rt_index(t)) {
        rt->cycle_count = count;
        rt_finish(END_DEADLOCK);
    }
}

void rt_block(struct rt_thread *t, enum rt_state state, int object, int thread,
              const void *frame)
{
    rt_lock();
    t->wait_object = object;
    t->wait_thread = thread;
    rt_walk(&t->wait, frame, t->stack_top);
    atomic_store(&t->state, state);
    rt_find_cycle(t);
    rt_unlock();
}

void rt_unblock(struct rt_thread *t)
{
    rt_lock();
    atomic_store(&t->state, RT_RUNNING);
    t->wait_object = -1;
    t->wait_thread = -1;
    rt_unlock();
}

long rt_remaining_ms(const struct timespec *deadline)
{
    static const clockid_t clocks[] = {CLOCK_MONOTONIC, CLOCK_REALTIME};
    struct timespec now;
    long best = 0;

    for (int i = 0; i < 2; i++) {
        long left;
        if (sched_on()) {
            sched_clock(clocks[i], &now);
        } else {
            clock_gettime(clocks[i], &now);
        }
        left = deadline->tv_sec - now.tv_sec;
        left = left > 1000000000L ? 1000000000L : left;
        left = left * 1000 + (deadline->tv_nsec - now.tv_nsec) / 1000000;
        if (left > 0 && (best == 0 || left < best)) {
            best = left;
        }
    }
    return best;
}

/* -- notes and the end -------------------------------------------------- */

void rt_note(enum rt_note_kind kind, struct rt_thread *t, int object, int other,
             const struct rt_stack *at, const struct rt_stack *also,
             const char *word)
{
    struct rt_note *n;

    if (atomic_load(&rt->afterlife)) {
        return;
    }
    for (int i = 0; i < rt->note_count; i++) {
        n = &rt->notes[i];
        if (n->kind == (int)kind && n->at.pc[0] == at->pc[0]) {
            return; /* said already */
        }
    }
    if (rt->note_count == RT_NOTES) {
        return;
    }
    n = &rt->notes[rt->note_count++];
    *n = (struct rt_note){.kind = kind,
                          .thread = rt_index(t),
                          .object = object,
                          .other = other,
                          .at = *at};
    if (also != NULL) {
        n->also = *also;
    }
    strncpy(n->word, word, sizeof n->word - 1);
}

void rt_text_add(const char *text)
{
    size_t n = strlen(text);
    size_t room = RT_TEXT - 1 - rt->text_length;

    n = n < room ? n : room;
    memcpy(rt->text + rt->text_length, text, n);
    rt->text_length += n;
}

static void copy(char *to, size_t size, const char *from)
{
    snprintf(to, size, "%s", from != NULL ? from : "");
}

void rt_fail(const char *file, unsigned line, const char *message)
{
    const char *slash = file != NULL ? strrchr(file, '/') : NULL;

    rt_went_on(rt_self());
    rt_lock();
    if (!atomic_load(&rt->afterlife) &&
        rt->failure_count++ == 0) { /* the first one is the cause */
        copy(rt->failure.file, sizeof rt->failure.file,
             slash != NULL ? slash + 1 : file);
        copy(rt->failure.message, sizeof rt->failure.message, message);
        rt->failure.line = line;
        rt->failure.thread = rt_index(rt_self());
    }
    rt_unlock();
}

void rt_finish(enum rt_end end)
{
    static _Atomic int once;

    if (rt_forked()) { /* for its parent to see, in the one way there is */
        syscall(SYS_exit_group, end == END_COMPLETED ? 0 : 1);
    }
    if (atomic_exchange(&once, 1) == 0) {
        if (atomic_load(&rt->afterlife) && end != END_UNFIT) {
            rt_epilogue();
            end = END_COMPLETED;
        }
        if (rt->debugged && (end != END_COMPLETED || rt->note_count > 0)) {
            /* Here it fails: see the callers. */
            syscall(SYS_tgkill, getpid(), (int)syscall(SYS_gettid), SIGTRAP);
        }
        if (end == END_COMPLETED && !rt->pruned && sched_others_left()) {
            sched_unmodelled(); /* their part of the run is not seen */
        }
        rt->tool_errors = rt_tools_errors();
        rt->end_cookie = rt->cookie;
        atomic_store(&rt->end, end);
        syscall(SYS_exit_group, 0);
    }
    for (;;) {
        syscall(SYS_pause); /* another thread is ending the process */
    }
}
