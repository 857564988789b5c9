/* SPDX-License-Identifier: MIT */
/* test_search_model.c - the search by itself: both its halves, search.c and
 * strategy_search.c, on programs that are tables of operations instead of
 * threads. Thousands of small ones are made up at random, and what the reduced
 * search finds out about each must be what trying every interleaving does.
 *
 * The sources are included, for they keep their functions to themselves. A
 * model of the scheduler stands in for the real one: at each operation it asks
 * the strategy who goes on, leaving out who would only find out that he has to
 * wait. FUZZ=N in the environment makes up N programs of each kind. */
#include "runtime/arena.c"
#include "runtime/search.c"
#include "runtime/strategy_search.c"

#include <criterion/criterion.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

/* -- programs ----------------------------------------------------------------
 */

enum op {
    READ, /* of an atomic object */
    ADD,
    LOCK, /* a mutex */
    UNLOCK,
    TRY,   /* to lock; if in vain the next two operations are left out */
    SHARE, /* a read-write lock */
    UNSHARE,
    OWN,
    DISOWN,
    POST, /* a semaphore */
    TAKE,
    MEET,   /* at a barrier for all */
    AWAIT,  /* a condition, with mutex 0 held: until there is a ticket */
    TICKET, /* one more, with mutex 0 held; signals in the same step */
    SIGNAL, /* without a ticket */
    AFTER,  /* nothing: the point after an unlock */
    OPS
};

static const char *const op_names[OPS] = {
    "READ",   "ADD",  "LOCK", "UNLOCK", "TRY",   "SHARE",  "UNSHARE", "OWN",
    "DISOWN", "POST", "TAKE", "MEET",   "AWAIT", "TICKET", "SIGNAL",  "AFTER"};

enum { THREADS = 4, LENGTH = 24, OBJECTS = 2 };

struct program {
    int threads;
    int length[THREADS];
    struct {
        enum op op;
        int object;
    } ops[THREADS][LENGTH];
};

static void put(struct program *p, int thread, enum op op, int object)
{
    int i = p->length[thread]++;

    cr_assert_lt(i, LENGTH);
    p->ops[thread][i].op = op;
    p->ops[thread][i].object = object;
}

static void put_unlock(struct program *p, int thread, enum op op, int object)
{
    put(p, thread, op, object);
    put(p, thread, AFTER, 0);
}

/* -- its state in a run ------------------------------------------------------
 */

static const struct program *program;
static struct run page;
struct run *rt = &page;
static jmp_buf over;
static enum rt_end ended;

struct thread {
    int pc;
    enum { RUNS, WAITS, WOKEN, MET, GONE } state;
    uint64_t seen; /* a hash of all that it found */
};
static struct thread threads[THREADS];
static uint64_t value[OBJECTS];
static int owner[OBJECTS], users, writer, permits, met, tickets;

/* So that the addresses of different things differ. */
enum { AT_VALUE = 0x100, AT_LOCK = 0x200, AT_REST = 0x300 };

void rt_finish(enum rt_end end)
{
    ended = end;
    longjmp(over, 1);
}

static void sees(int i, uint64_t what)
{
    threads[i].seen = (threads[i].seen ^ (what + 1)) * 0x100000001b3u;
}

static void touch(uintptr_t at, enum rt_touch_kind kind)
{
    strategy_search_touch(at, kind);
}

static enum op op_of(int i)
{
    return program->ops[i][threads[i].pc].op;
}

/* All its operations are behind it; it may not have ended, for it was told of
 * the last one by another thread. */
static bool is_done(int i)
{
    return threads[i].pc == program->length[i];
}

/* As in scheduler.c: would its next step not just find out that it waits? */
static bool can_step(int i)
{
    int o = program->ops[i][threads[i].pc].object;

    if (threads[i].state == WOKEN) {
        return owner[0] < 0;
    }
    if (is_done(i)) {
        return true;
    }
    switch (op_of(i)) {
    case LOCK:
        return owner[o] < 0;
    case SHARE:
        return writer < 0;
    case OWN:
        return writer < 0 && users == 0;
    case TAKE:
        return permits > 0;
    default:
        return true;
    }
}

static bool is_ready(int i)
{
    return threads[i].state == RUNS || threads[i].state == WOKEN;
}

/* As in scheduler.c: somebody who could go on; -1: nobody ever will. */
static int decide(int current, bool yields)
{
    struct options o = {.current = current, .tired = yields, .base = -1};

    for (int i = 0; i < program->threads; i++) {
        int k = (current + 1 + i) % program->threads;
        if (is_ready(i) && can_step(i)) {
            o.ready[o.ready_count++] = i;
        }
        if (is_ready(k) && o.base < 0) {
            o.base = k;
        }
    }
    if (!yields && current >= 0 && is_ready(current)) {
        o.base = current;
    }
    return o.ready_count > 0 ? strategy_search.choose(&o) : -1;
}

/* -- its steps ---------------------------------------------------------------
 */

static void wake_one(int by)
{
    int who[THREADS], count = 0, chosen;

    for (int i = 0; i < program->threads; i++) {
        if (threads[i].state == WAITS) {
            who[count++] = i;
        }
    }
    if (count > 0) {
        chosen =
            count > 1 ? strategy_search_outcome(&rt->threads[by], count) : 0;
        threads[who[chosen]].state = WOKEN;
    }
}

static void arrive(int i)
{
    touch(AT_REST + 2, TOUCH_WRITE);
    sees(i, (uint64_t)met);
    if (++met < program->threads) {
        threads[i].state = MET;
        return;
    }
    for (int k = 0; k < program->threads; k++) {
        threads[k].state = threads[k].state == MET ? RUNS : threads[k].state;
    }
    met = 0;
}

/* It has mutex 0, before it waits and when it was woken. */
static void await(int i)
{
    if (threads[i].state == WOKEN) {
        touch(AT_LOCK, TOUCH_LOCK);
        touch(AT_REST + 3, TOUCH_WRITE);
        owner[0] = i;
        threads[i].state = RUNS;
    }
    if (tickets > 0) {
        sees(i, (uint64_t)tickets--);
        return;
    }
    touch(AT_REST + 3, TOUCH_WRITE);
    touch(AT_LOCK, TOUCH_UNLOCK);
    owner[0] = -1;
    threads[i].state = WAITS;
    threads[i].pc--; /* it looks again */
}

/* True if it gives way. */
static bool try_lock(int i, int object)
{
    if (owner[object] < 0) {
        touch(AT_LOCK + (unsigned)object, TOUCH_WRITE);
        owner[object] = i;
        sees(i, 55);
        return false;
    }
    touch(AT_LOCK + (unsigned)object, TOUCH_READ);
    sees(i, 77);
    threads[i].pc += 2; /* the unlock and what is after it */
    return true;
}

static void step_rwlock(int i, enum op op)
{
    static const enum rt_touch_kind kinds[OPS] = {[SHARE] = TOUCH_SHARE,
                                                  [UNSHARE] = TOUCH_UNSHARE,
                                                  [OWN] = TOUCH_LOCK,
                                                  [DISOWN] = TOUCH_UNLOCK};

    touch(AT_REST, kinds[op]);
    users += (op == SHARE) - (op == UNSHARE);
    writer = op == OWN ? i : op == DISOWN ? -1 : writer;
}

/* One operation of thread `i`. True if it gives way. */
static bool step(int i)
{
    enum op op = op_of(i);
    int o = program->ops[i][threads[i].pc].object;
    bool yields = false;

    switch (op) {
    case READ:
        touch(AT_VALUE + (unsigned)o, TOUCH_READ);
        sees(i, value[o]);
        break;
    case ADD:
        touch(AT_VALUE + (unsigned)o, TOUCH_WRITE);
        sees(i, value[o]);
        value[o] = value[o] * 3 + (unsigned)i + 1;
        break;
    case LOCK:
        touch(AT_LOCK + (unsigned)o, TOUCH_LOCK);
        owner[o] = i;
        break;
    case UNLOCK:
        touch(AT_LOCK + (unsigned)o, TOUCH_UNLOCK);
        owner[o] = -1;
        break;
    case TRY:
        yields = try_lock(i, o);
        break;
    case SHARE:
    case UNSHARE:
    case OWN:
    case DISOWN:
        step_rwlock(i, op);
        break;
    case POST:
    case TAKE:
        touch(AT_REST + 1, TOUCH_WRITE);
        permits += op == POST ? 1 : -1;
        break;
    case MEET:
        arrive(i);
        break;
    case AWAIT:
        await(i);
        break;
    case TICKET:
        tickets++;
        touch(AT_REST + 3, TOUCH_WRITE);
        wake_one(i);
        break;
    case SIGNAL:
        touch(AT_REST + 3, TOUCH_WRITE);
        wake_one(i);
        break;
    default:
        break;
    }
    threads[i].pc++;
    return yields;
}

static void finish_thread(int i)
{
    touch(0x1000 + (unsigned)i, TOUCH_END);
    threads[i].state = GONE;
}

static void run_model(void *ctx, const struct rt_schedule *s, struct outcome *o)
{
    volatile int current = 0;
    volatile bool yields = false;
    int next;

    (void)ctx;
    page.schedule = *s;
    page.event_count = 0;
    page.pruned = page.diverged = page.unmodelled = false;
    atomic_store(&page.thread_count, program->threads);
    memset(threads, 0, sizeof threads);
    memset(value, 0, sizeof value);
    memset(owner, -1, sizeof owner);
    writer = -1;
    users = permits = met = tickets = 0;
    *o = (struct outcome){.end = END_COMPLETED};
    strategy_search.begin();
    if (setjmp(over) != 0) {
        o->end = ended;
        return;
    }
    while ((next = decide(current, yields)) >= 0) {
        current = next;
        yields = !is_done(next) && step(next);
        if (is_done(next) && threads[next].state == RUNS) {
            finish_thread(next);
        }
    }
    for (int i = 0; i < program->threads; i++) {
        o->end = threads[i].state == GONE ? o->end : END_STUCK;
    }
}

bool explorer_has_time(const struct explorer *e)
{
    return e->until_ms == 0;
}

bool failure_in(const struct outcome *o)
{
    return !rt->pruned && o->end != END_COMPLETED;
}

uint64_t failure_result(const struct outcome *o)
{
    uint64_t all = o->end;

    for (int i = 0; i < program->threads; i++) {
        all = all * 1000003 + threads[i].seen;
    }
    for (int i = 0; i < OBJECTS; i++) {
        all = all * 1000003 + value[i];
    }
    return all * 0x9e3779b97f4a7c15u;
}

/* -- programs at random ------------------------------------------------------
 */

static uint64_t state;

static int below(int n)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (int)((state >> 33) % (unsigned)n);
}

static void put_values(struct program *p, int t, int most)
{
    for (int n = below(most + 1); n > 0; n--) {
        put(p, t, below(2) ? READ : ADD, below(OBJECTS));
    }
}

static void put_section(struct program *p, int t, int object)
{
    put(p, t, LOCK, object);
    put_values(p, t, 1);
    if (object == 0 && below(4) == 0) {
        put(p, t, LOCK, 1);
        put_values(p, t, 1);
        put_unlock(p, t, UNLOCK, 1);
    }
    put_unlock(p, t, UNLOCK, object);
}

static void put_try(struct program *p, int t)
{
    int object = below(OBJECTS);

    put(p, t, TRY, object);
    put_unlock(p, t, UNLOCK, object);
}

static void put_reader_or_writer(struct program *p, int t)
{
    bool writes = below(3) == 0;

    put(p, t, writes ? OWN : SHARE, 0);
    put_values(p, t, 2);
    put_unlock(p, t, writes ? DISOWN : UNSHARE, 0);
}

static void put_waiter(struct program *p, int t)
{
    put(p, t, LOCK, 0);
    put(p, t, AWAIT, 0);
    put_values(p, t, 1);
    put_unlock(p, t, UNLOCK, 0);
}

static void put_ticket(struct program *p, int t)
{
    put(p, t, LOCK, 0);
    put(p, t, TICKET, 0);
    put_unlock(p, t, UNLOCK, 0);
}

/* The kinds, as far as what can go wrong in a search differs. */
enum kind { VALUES, LOCKS, SHARED, PERMITS, BARRIER, TICKETS, KINDS };

static void put_one(struct program *p, int t, enum kind kind)
{
    switch (kind) {
    case LOCKS:
        below(3) ? put_section(p, t, below(OBJECTS)) : put_try(p, t);
        break;
    case SHARED:
        put_reader_or_writer(p, t);
        break;
    case PERMITS:
        put(p, t, POST, 0);
        put_values(p, t, 1);
        put(p, t, TAKE, 0);
        break;
    case TICKETS:
        if (below(3) == 0) {
            put(p, t, SIGNAL, 0);
        }
        put_ticket(p, t);
        put_waiter(p, t);
        break;
    default:
        put_values(p, t, 2);
        break;
    }
}

/* A signal has a choice only where two wait. */
static struct program two_wait_two_signal(void)
{
    struct program p = {.threads = 4};

    put_waiter(&p, 0);
    put_waiter(&p, 1);
    for (int t = 2; t < 4; t++) {
        if (below(2)) {
            put(&p, t, SIGNAL, 0);
        }
        put_ticket(&p, t);
        put_values(&p, t, 1);
        if (below(2)) {
            put(&p, t, SIGNAL, 0);
        }
    }
    return p;
}

static struct program make_up(enum kind kind)
{
    struct program p = {.threads = 2 + (below(3) == 0)};

    if (kind == TICKETS && below(3) == 0) {
        return two_wait_two_signal();
    }

    for (int t = 0; t < p.threads; t++) {
        put_values(&p, t, 1);
        put_one(&p, t, below(6) ? kind : (enum kind)below(KINDS));
        if (kind == BARRIER) {
            put(&p, t, MEET, 0);
        }
        put_values(&p, t, 1);
        if (p.length[t] == 0) {
            put(&p, t, READ, 0);
        }
    }
    return p;
}

static void print(const struct program *p)
{
    for (int t = 0; t < p->threads; t++) {
        fprintf(stderr, "T%d:", t);
        for (int i = 0; i < p->length[t]; i++) {
            fprintf(stderr, " %s%d", op_names[p->ops[t][i].op],
                    p->ops[t][i].object);
        }
        fputc('\n', stderr);
    }
}

static struct searched searched_by(const struct program *p, int bound,
                                   bool reduce, unsigned budget)
{
    static const struct explorer e = {NULL, run_model, 0};
    struct outcome o;

    program = p;
    return search(&e, bound, reduce, budget, &o);
}

/* True if the reduced search found out what the full one did; or some of it at
 * least, if that one had a bound and this one none. */
static bool agree(const struct searched *less, const struct searched *full,
                  bool at_least)
{
    if ((!full->complete && !full->failed) ||
        (!less->complete && !less->failed) || less->results == RESULTS) {
        return true; /* not known */
    }
    if (at_least) {
        return less->failed ||
               (!full->failed && less->results >= full->results);
    }
    return less->failed == full->failed &&
           (full->failed ||
            (less->results == full->results && less->sum == full->sum &&
             less->schedules <= full->schedules));
}

static void show(const struct program *p, int bound,
                 const struct searched *less, const struct searched *full)
{
    print(p);
    fprintf(stderr,
            "bound %d: %u results of %u schedules in %u runs%s, %u of %u%s\n",
            bound, less->results, less->schedules, less->runs,
            less->failed ? ", failed" : "", full->results, full->schedules,
            full->failed ? ", failed" : "");
}

static void check(const struct program *p, int *decided)
{
    enum { FULL = 20000, REDUCED = 20000 };
    struct searched freely = searched_by(p, SEARCH_FREELY, true, REDUCED);

    for (int bound = SEARCH_FREELY; bound <= 2; bound++) {
        struct searched full = searched_by(p, bound, false, FULL);
        struct searched less = searched_by(p, bound, true, REDUCED);
        *decided += full.complete || full.failed;
        if (!agree(&less, &full, false) || !agree(&freely, &full, true)) {
            show(p, bound, &less, &full);
            cr_assert_fail("the search lost something");
        }
    }
}

static void fuzz(enum kind kind)
{
    const char *wanted = getenv("FUZZ");
    int count = wanted != NULL ? atoi(wanted) : 60, decided = 0;

    state = (uint64_t)kind + 1;
    for (int i = 0; i < count; i++) {
        struct program p = make_up(kind);
        check(&p, &decided);
    }
    cr_expect_geq(decided, 2 * count, "only %d of %d", decided, 4 * count);
}

Test(search_model, values)
{
    fuzz(VALUES);
}

Test(search_model, mutexes_and_tries)
{
    fuzz(LOCKS);
}

Test(search_model, readers_and_writers)
{
    fuzz(SHARED);
}

Test(search_model, semaphores)
{
    fuzz(PERMITS);
}

Test(search_model, barriers)
{
    fuzz(BARRIER);
}

Test(search_model, conditions)
{
    fuzz(TICKETS);
}
