/* SPDX-License-Identifier: MIT */
/* history.c - see history.h. */
#include "history.h"
#include "arena.h"
#include "hb.h"
#include "scheduler.h"

enum {
    STORES = 8,     /* of an object that a load may return */
    OBJECTS = 4096, /* told apart; the rest just hold their value */
    OLD_ONE_IN = 3, /* loads of a weak schedule that return an older value */
};

struct heads { /* a set of threads, by record */
    uint64_t of[(RT_THREADS + 63) / 64];
};

struct store {
    uint64_t value;
    bool releases; /* `clock` is what an acquire takes from it */
    struct hb_clock clock;
    struct heads heads;   /* of the release sequences that it is part of */
    struct hb_clock seen; /* by thread: the epoch at which it first saw it */
};

struct object {
    uintptr_t addr; /* 0 is free */
    unsigned size;
    unsigned count;   /* stores so far; number n is at n % STORES */
    unsigned first;   /* the oldest that may still be read */
    unsigned last_sc; /* number of the last sequentially consistent one */
    struct store *stores;
};

static struct object *objects; /* of OBJECTS: open addressing */
static unsigned object_count;

static struct hb_clock sc;                   /* of all such operations */
static struct hb_clock released[RT_THREADS]; /* at its last release fence */
static struct hb_clock pending[RT_THREADS];  /* for its next acquire fence */
static bool has_released[RT_THREADS];

bool history_acquires(int order)
{
    return order != __ATOMIC_RELAXED && order != __ATOMIC_RELEASE;
}

bool history_releases(int order)
{
    return order == __ATOMIC_RELEASE || order == __ATOMIC_ACQ_REL ||
           order == __ATOMIC_SEQ_CST;
}

/* -- objects --------------------------------------------------------------- */

static struct store *store_at(const struct object *o, unsigned number)
{
    return &o->stores[number % STORES];
}

static struct store *last(const struct object *o)
{
    return store_at(o, o->count - 1);
}

/* From here on it has held nothing but `value`. */
static void begin(struct object *o, unsigned size, uint64_t value)
{
    o->size = size;
    o->first = o->last_sc = o->count++;
    *last(o) = (struct store){.value = value};
}

/* NULL if there is no room. */
static struct object *object_of(const struct atomic_object *a)
{
    size_t i = (size_t)(a->addr * 0x9e3779b97f4a7c15u >> 48) % OBJECTS;
    struct object *o;

    if (objects == NULL &&
        (objects = arena_take(OBJECTS * sizeof *objects)) == NULL) {
        return NULL;
    }
    while (objects[i].addr != a->addr && objects[i].addr != 0) {
        i = (i + 1) % OBJECTS;
    }
    o = &objects[i];
    if (o->addr == 0) {
        if (object_count >= OBJECTS / 2) {
            return NULL;
        }
        o->stores = arena_take(STORES * sizeof *o->stores);
        if (o->stores == NULL) {
            return NULL;
        }
        o->addr = a->addr;
        object_count++;
        begin(o, a->size, a->value);
    } else if (o->size != a->size || last(o)->value != a->value) {
        begin(o, a->size, a->value); /* it was written in another way */
    }
    return o;
}

void history_forget(uintptr_t from, uintptr_t to)
{
    for (unsigned i = 0; object_count > 0 && i < OBJECTS; i++) {
        if (objects[i].addr >= from && objects[i].addr < to) {
            begin(&objects[i], 0, 0);
        }
    }
}

/* -- loads ----------------------------------------------------------------- */

static bool knows(const struct store *s, const struct rt_thread *t, int order)
{
    const struct hb_clock *mine = hb_of(t);
    int count = atomic_load(&rt->thread_count);

    for (int i = 0; i < count; i++) {
        uint32_t at = s->seen.of[i];
        if (at != 0 && (at <= mine->of[i] ||
                        (order == __ATOMIC_SEQ_CST && at <= sc.of[i]))) {
            return true;
        }
    }
    return false;
}

/* The oldest store that a load may return. */
static unsigned oldest(const struct object *o, const struct rt_thread *t,
                       int order)
{
    unsigned from = o->count > STORES ? o->count - STORES : 0;
    unsigned n = o->count - 1;

    from = from > o->first ? from : o->first;
    if (order == __ATOMIC_SEQ_CST && o->last_sc > from) {
        from = o->last_sc;
    }
    while (n > from && !knows(store_at(o, n), t, order)) {
        n--;
    }
    return n;
}

static void take(struct rt_thread *t, struct store *s, int order)
{
    int me = rt_index(t);

    if (s->seen.of[me] == 0) {
        s->seen.of[me] = hb_of(t)->of[me];
    }
    if (s->releases && history_acquires(order)) {
        hb_merge(hb_of(t), &s->clock);
    } else if (s->releases) {
        hb_merge(&pending[me], &s->clock);
    }
}

uint64_t history_load(struct rt_thread *t, const struct atomic_object *a,
                      int order, int *back)
{
    struct object *o = object_of(a);
    struct store *s;
    int values;

    *back = 0;
    if (o == NULL) {
        return a->value;
    }
    values = (int)(o->count - oldest(o, t, order));
    rt->left_out |= values > 1 ? LEFT_OLDER_VALUES : 0;
    *back = sched_outcome(t, values, rt->schedule.weak ? OLD_ONE_IN : 0);
    s = store_at(o, o->count - 1 - (unsigned)*back);
    take(t, s, order);
    return s->value;
}

void history_look(struct rt_thread *t, const struct atomic_object *a, int order)
{
    struct object *o = object_of(a);

    if (o != NULL) {
        take(t, last(o), order);
    }
}

/* -- stores ---------------------------------------------------------------- */

static bool is_head(const struct heads *h, int thread)
{
    return (h->of[thread / 64] >> thread % 64 & 1) != 0;
}

static void add_head(struct heads *h, int thread)
{
    h->of[thread / 64] |= (uint64_t)1 << thread % 64;
}

/* What an acquire of the new store is to take over: what the thread releases,
 * by this store or by a fence before it, and what is handed on because it
 * continues a release sequence: a read-modify-write does that for all of them,
 * a store for those that its own thread has begun. */
static void release_into(struct rt_thread *t, struct store *s, int order,
                         const struct store *before, bool updates)
{
    int me = rt_index(t);

    if (updates || is_head(&before->heads, me)) {
        s->releases = before->releases;
        s->clock = before->clock;
    }
    if (updates) {
        s->heads = before->heads;
    } else if (s->releases) {
        add_head(&s->heads, me);
    }
    if (has_released[me]) {
        s->releases = true;
        add_head(&s->heads, me);
        hb_merge(&s->clock, &released[me]);
    }
    if (history_releases(order)) {
        s->releases = true;
        add_head(&s->heads, me);
        hb_merge(&s->clock, hb_of(t));
    }
}

static void add(struct rt_thread *t, struct object *o, int order,
                uint64_t value, bool updates)
{
    const struct store before = *last(o);
    struct store *s = store_at(o, o->count);
    int me = rt_index(t);

    *s = (struct store){.value = value};
    s->seen.of[me] = hb_of(t)->of[me];
    release_into(t, s, order, &before, updates);
    if (order == __ATOMIC_SEQ_CST) {
        o->last_sc = o->count;
        hb_merge(&sc, hb_of(t));
    }
    o->count++;
    if (history_releases(order)) {
        hb_step(t);
    }
}

void history_store(struct rt_thread *t, const struct atomic_object *a,
                   int order, uint64_t value)
{
    struct object *o = object_of(a);

    if (o != NULL) {
        add(t, o, order, value, false);
    }
}

void history_update(struct rt_thread *t, const struct atomic_object *a,
                    int order, uint64_t value)
{
    struct object *o = object_of(a);

    if (o != NULL) {
        take(t, last(o), order);
        add(t, o, order, value, true);
    }
}

void history_fence(struct rt_thread *t, int order)
{
    int me = rt_index(t);

    if (history_acquires(order)) {
        hb_merge(hb_of(t), &pending[me]);
    }
    if (order == __ATOMIC_SEQ_CST) {
        hb_merge(hb_of(t), &sc);
        hb_merge(&sc, hb_of(t));
    }
    if (history_releases(order)) {
        released[me] = *hb_of(t);
        has_released[me] = true;
        hb_step(t);
    }
}
