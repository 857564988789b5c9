/* SPDX-License-Identifier: MIT */
/* test_interp.c - what interp.h promises to threads it has never heard of.
 *
 * What belongs to the interpreter (struct world, below `in`) has no other
 * guard than the interpreter's lock: a thread touches it while it is inside.
 * A bell is the test's own, for what happens outside. */
#include "interp.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "threadlab.h"

enum { THREADS = 3, ROUNDS = 4 };

struct world {
    struct interp *in;
    int inside; /* threads that believe they are inside */
    int crowded;
    int calls;
    int miscounted; /* impossible answers of interp_threads */
};

static struct interp *new_interp(void)
{
    struct interp *in = interp_create();

    cr_assert_not_null(in, "interp_create returned NULL");
    return in;
}

static void start(pthread_t *thread, void *(*body)(void *), void *arg)
{
    cr_assert_eq(pthread_create(thread, NULL, body, arg), 0);
}

static void join(pthread_t thread)
{
    cr_assert_eq(pthread_join(thread, NULL), 0);
}

/* Something that happens once, and that threads wait for. */
struct bell {
    pthread_mutex_t lock; /* guards rung */
    pthread_cond_t sound;
    bool rung;
};

static const struct bell silent = {.lock = PTHREAD_MUTEX_INITIALIZER,
                                   .sound = PTHREAD_COND_INITIALIZER};

static void ring(struct bell *b)
{
    pthread_mutex_lock(&b->lock);
    b->rung = true;
    pthread_cond_broadcast(&b->sound);
    pthread_mutex_unlock(&b->lock);
}

static void await(struct bell *b)
{
    pthread_mutex_lock(&b->lock);
    while (!b->rung) {
        pthread_cond_wait(&b->sound, &b->lock);
    }
    pthread_mutex_unlock(&b->lock);
}

/* What a thread saw on its way in and out. */
struct visit {
    struct interp *in;
    int first_rc;
    int second_rc;
    enum state_was first_was;
    enum state_was second_was;
    struct state *at_first;
    struct state *at_second;
    struct state *between; /* after the inner release */
    struct state *before;
    struct state *after;
    size_t threads; /* while inside */
};

static void *come_twice(void *arg)
{
    struct visit *v = arg;

    v->before = state_current(v->in);
    v->first_rc = state_ensure(v->in, &v->first_was);
    if (v->first_rc == 0) {
        v->at_first = state_current(v->in);
        v->second_rc = state_ensure(v->in, &v->second_was);
        if (v->second_rc == 0) {
            v->at_second = state_current(v->in);
            v->threads = interp_threads(v->in);
            state_release(v->in, v->second_was);
        }
        v->between = state_current(v->in);
        state_release(v->in, v->first_was);
    }
    v->after = state_current(v->in);
    return NULL;
}

static void run_visit(struct visit *v)
{
    struct state *own = state_save(v->in);
    pthread_t thread;

    start(&thread, come_twice, v);
    join(thread);
    cr_assert_eq(state_restore(v->in, own), 0);
    cr_assert_eq(state_current(v->in), own,
                 "restored, and it is not the state that was saved");
}

Test(interp, a_stranger_comes_and_goes, .timeout = 20.0)
{
    struct interp *in = new_interp();
    struct visit v = {.in = in, .second_was = WAS_AWAY};
    struct state *own = state_current(in);

    cr_assert_not_null(own, "who makes an interpreter is inside");
    cr_assert_eq(interp_threads(in), 1);
    run_visit(&v);
    cr_assert_null(v.before, "a stranger has a state");
    cr_assert_eq(v.first_rc, 0);
    cr_assert_eq(v.first_was, WAS_STRANGER);
    cr_assert_not_null(v.at_first, "inside, without a state");
    cr_assert_neq(v.at_first, own, "the state of another thread");
    cr_assert_eq(v.second_rc, 0);
    cr_assert_eq(v.second_was, WAS_INSIDE);
    cr_assert_eq(v.at_second, v.at_first, "a thread has one state, not two");
    cr_assert_eq(v.between, v.at_first,
                 "the inner release took away what the outer ensure gave");
    cr_assert_eq(v.threads, 2, "%zu threads, not 2", v.threads);
    cr_assert_null(v.after, "released, and still inside");
    cr_assert_eq(interp_threads(in), 1, "a thread that went is still counted");
    interp_finish(in);
    cr_assert_null(state_current(in));
    cr_assert_eq(interp_threads(in), 0);
    interp_destroy(in);
}

static void touch(struct world *w)
{
    size_t threads = interp_threads(w->in);

    w->miscounted += threads < 1 || threads > THREADS + 1;
    w->crowded += w->inside != 0;
    w->inside++;
    w->calls++;
    w->inside--;
}

static void *call_back(void *arg)
{
    struct world *w = arg;

    for (int i = 0; i < ROUNDS; i++) {
        enum state_was outer = WAS_STRANGER;
        enum state_was inner = WAS_STRANGER;

        if (state_ensure(w->in, &outer) == 0) {
            touch(w);
            if (state_ensure(w->in, &inner) == 0) {
                touch(w);
                state_release(w->in, inner);
            }
            touch(w);
            state_release(w->in, outer);
        }
    }
    return NULL;
}

Test(interp, one_thread_is_inside, .timeout = 20.0)
{
    struct world w = {.in = new_interp()};
    struct state *own = state_save(w.in);
    pthread_t threads[THREADS];

    for (int i = 0; i < THREADS; i++) {
        start(&threads[i], call_back, &w);
    }
    for (int i = 0; i < ROUNDS; i++) {
        if (state_restore(w.in, own) == 0) {
            touch(&w);
            own = state_save(w.in);
        }
    }
    for (int i = 0; i < THREADS; i++) {
        join(threads[i]);
    }
    cr_assert_eq(state_restore(w.in, own), 0);
    cr_assert_eq(w.crowded, 0, "two threads were inside at the same time");
    cr_assert_eq(w.miscounted, 0, "more threads counted than there are");
    cr_assert_eq(w.calls, ROUNDS + THREADS * ROUNDS * 3);
    cr_assert_eq(interp_threads(w.in), 1);
    interp_finish(w.in);
    interp_destroy(w.in);
}

/* A library that goes away for some work, is called back during it, and works
 * on: then the main thread has to get in. */
struct library {
    struct interp *in;
    struct bell called; /* the callback is over */
    struct bell seen;   /* the main thread has been inside since */
    struct state *saved;
    struct state *while_away;
    struct state *in_callback;
    struct state *after_callback;
    struct state *at_end;
    enum state_was was;
    int rc;
    int restore_rc;
    size_t threads;
};

static void *be_called_back(void *arg)
{
    struct library *l = arg;
    enum state_was first = WAS_STRANGER;

    l->rc = state_ensure(l->in, &first);
    if (l->rc == 0) {
        l->saved = state_save(l->in);
        l->while_away = state_current(l->in);
        l->rc = state_ensure(l->in, &l->was);
        if (l->rc == 0) {
            l->in_callback = state_current(l->in);
            l->threads = interp_threads(l->in);
            state_release(l->in, l->was);
        }
        l->after_callback = state_current(l->in);
        ring(&l->called);
        await(&l->seen);
        l->restore_rc = state_restore(l->in, l->saved);
        l->at_end = state_current(l->in);
        state_release(l->in, first);
    } else {
        ring(&l->called);
    }
    return NULL;
}

Test(interp, who_is_away_can_be_called_back, .timeout = 20.0)
{
    struct library l = {.in = new_interp(), .called = silent, .seen = silent};
    struct state *own = state_save(l.in);
    pthread_t thread;
    int rc = 0;

    start(&thread, be_called_back, &l);
    await(&l.called);
    rc = state_restore(l.in, own);
    own = state_save(l.in);
    ring(&l.seen);
    join(thread);
    cr_assert_eq(rc, 0);
    cr_assert_eq(state_restore(l.in, own), 0);
    cr_assert_eq(l.rc, 0);
    cr_assert_not_null(l.saved, "state_save returned NULL");
    cr_assert_null(l.while_away, "away, and still inside");
    cr_assert_eq(l.was, WAS_AWAY, "the callback was told %d", (int)l.was);
    cr_assert_eq(l.in_callback, l.saved, "the callback got another state");
    cr_assert_eq(l.threads, 2, "%zu threads, not 2", l.threads);
    cr_assert_null(l.after_callback, "after the callback it is not away");
    cr_assert_eq(l.restore_rc, 0);
    cr_assert_eq(l.at_end, l.saved, "restored, and it is another state");
    cr_assert_eq(interp_threads(l.in), 1);
    interp_finish(l.in);
    interp_destroy(l.in);
}

/* The end: one thread is away when it comes, another wants to come in. */
struct ending {
    struct interp *in;
    struct bell away;
    struct bell closed;
    int stranger_rc; /* guarded by the bell closed */
    enum state_was stranger_was;

    /* What the first one saw. Only its last release, and the main thread that
     * waits for that, order this. */
    int in_rc;
    int restore_rc;
    int again_rc;
    bool still_inside;
    int done;
};

static void *come_too_late(void *arg)
{
    struct ending *e = arg;

    e->stranger_rc = state_ensure(e->in, &e->stranger_was);
    if (e->stranger_rc == 0) {
        state_release(e->in, e->stranger_was);
    }
    ring(&e->closed);
    return NULL;
}

static void *be_away_at_the_end(void *arg)
{
    struct ending *e = arg;
    enum state_was outer = WAS_STRANGER;
    enum state_was inner = WAS_STRANGER;
    enum state_was again = WAS_STRANGER;
    struct state *s = NULL;

    e->in_rc = state_ensure(e->in, &outer);
    if (e->in_rc != 0 || state_ensure(e->in, &inner) != 0) {
        ring(&e->away);
        return NULL;
    }
    s = state_save(e->in);
    ring(&e->away);
    await(&e->closed);
    e->again_rc = state_ensure(e->in, &again);
    if (e->again_rc == 0) {
        state_release(e->in, again);
    }
    e->restore_rc = state_restore(e->in, s);
    e->still_inside = state_current(e->in) != NULL;
    state_release(e->in, inner);
    e->done = 1;
    state_release(e->in, outer);
    return NULL;
}

Test(interp, the_end_refuses_and_waits, .timeout = 20.0)
{
    struct ending e = {.in = new_interp(), .away = silent, .closed = silent};
    struct state *own = state_save(e.in);
    pthread_t first;
    pthread_t second;
    int rc = 0;
    int done = 0;

    start(&first, be_away_at_the_end, &e);
    await(&e.away);
    rc = state_restore(e.in, own);
    start(&second, come_too_late, &e);
    interp_finish(e.in); /* since the restore nobody else has been inside */
    done = e.done;
    join(first);
    join(second);
    cr_assert_eq(rc, 0);
    cr_assert_eq(e.in_rc, 0);
    cr_assert_eq(done, 1, "finished, and a thread still has its state");
    cr_assert_eq(e.stranger_rc, ESHUTDOWN, "a stranger came in at the end");
    cr_assert_eq(e.again_rc, ESHUTDOWN, "a callback came in at the end");
    cr_assert_eq(e.restore_rc, ESHUTDOWN, "who was away came in at the end");
    cr_assert_not(e.still_inside, "refused, and inside");
    cr_assert_eq(interp_threads(e.in), 0);
    interp_destroy(e.in);
}

/* Here nobody else is attached, so that nobody else tells the one who waits
 * for the end. */
Test(interp, the_end_does_not_miss_one_who_is_refused, .timeout = 20.0)
{
    struct ending e = {.in = new_interp(), .closed = silent};
    pthread_t stranger;

    start(&stranger, come_too_late, &e);
    interp_finish(e.in); /* nobody else has been inside */
    join(stranger);
    cr_assert_eq(e.stranger_rc, ESHUTDOWN, "a stranger came in at the end");
    cr_assert_eq(interp_threads(e.in), 0);
    interp_destroy(e.in);
}

Test(interp, who_is_refused_is_a_stranger_still, .timeout = 20.0)
{
    struct interp *in = new_interp();
    enum state_was was = WAS_INSIDE;

    interp_finish(in);
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(state_ensure(in, &was), ESHUTDOWN, "came in at the end");
        cr_assert_eq(was, WAS_INSIDE, "*out_was written on an error");
        cr_assert_null(state_current(in), "refused, and inside");
        cr_assert_eq(interp_threads(in), 0, "refused, and still counted");
    }
    interp_destroy(in);
}

Test(interp, without_memory_nothing_changes, .timeout = 20.0)
{
    struct interp *in = NULL;
    struct visit v = {.first_was = WAS_INSIDE};

    for (int calls = 0; calls < 2; calls++) {
        tl_fail_malloc(calls);
        in = interp_create();
        tl_fail_malloc(-1);
        if (in != NULL) {
            interp_finish(in);
            interp_destroy(in);
        }
    }
    in = new_interp();
    v.in = in;
    tl_fail_malloc(0);
    run_visit(&v);
    tl_fail_malloc(-1);
    if (v.first_rc != 0) {
        cr_assert_eq(v.first_rc, ENOMEM);
        cr_assert_eq(v.first_was, WAS_INSIDE, "*out_was written on an error");
        cr_assert_null(v.after, "no memory, and yet inside");
        cr_assert_eq(interp_threads(in), 1, "a thread without a state counts");
    }
    run_visit(&v);
    cr_assert_eq(v.first_rc, 0);
    interp_finish(in);
    interp_destroy(in);
}

Test(interp, two_interpreters_do_not_mix, .timeout = 20.0)
{
    struct interp *a = new_interp();
    struct interp *b = new_interp();
    struct visit v = {.in = a};
    struct state *in_a = state_current(a);
    struct state *in_b = state_current(b);
    enum state_was was = WAS_STRANGER;

    cr_assert_not_null(in_a);
    cr_assert_not_null(in_b);
    cr_assert_neq(in_a, in_b, "one state for two interpreters");
    run_visit(&v); /* away from a, and inside b */
    cr_assert_eq(v.first_rc, 0);
    cr_assert_eq(state_current(b), in_b, "lost in a, the state in b");
    cr_assert_eq(state_ensure(b, &was), 0);
    cr_assert_eq(was, WAS_INSIDE);
    state_release(b, was);
    interp_finish(a);
    cr_assert_null(state_current(a));
    cr_assert_eq(state_current(b), in_b, "when a ended it lost b as well");
    interp_finish(b);
    interp_destroy(a);
    interp_destroy(b);
}
