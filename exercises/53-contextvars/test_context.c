/* SPDX-License-Identifier: MIT */
/* test_context.c - what context.h promises, in one thread, in several, and in
 * a pool that works for others.
 *
 * Values are names. Threads note what they saw in their own struct; the test
 * looks at it after joining them. */
#include "context.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "threadlab.h"

static struct ctxvar user = {.fallback = "nobody"};
static struct ctxvar place = {.fallback = "nowhere"};
static struct ctxvar tally = {.fallback = NULL};

static void set(struct ctxvar *var, char *value)
{
    cr_assert_eq(ctxvar_set(var, value, NULL), 0, "ctxvar_set failed");
}

/* In the current context, in the test's own thread. */
static void check(struct ctxvar *var, const char *expected)
{
    const char *found = ctxvar_get(var);

    cr_assert_not_null(found);
    cr_assert_str_eq(found, expected, "it should be %s, but it is %s", expected,
                     found);
}

static struct context *copy(void)
{
    struct context *c = context_copy();

    cr_assert_not_null(c, "context_copy returned NULL");
    return c;
}

Test(context, a_token_takes_back_what_was_set, .timeout = 20.0)
{
    struct ctxtoken first;
    struct ctxtoken second;
    struct ctxtoken third;
    int rc = 0;

    check(&user, "nobody");
    cr_assert_eq(ctxvar_set(&user, "ann", &first), 0);
    cr_assert_eq(ctxvar_set(&place, "here", NULL), 0);
    cr_assert_eq(ctxvar_set(&user, "ben", &second), 0);
    check(&user, "ben");
    check(&place, "here");
    cr_assert_eq(ctxvar_reset(&second), 0, "a good token was refused");
    check(&user, "ann");
    cr_assert_eq(ctxvar_reset(&second), EINVAL, "a token was used twice");
    check(&user, "ann");
    cr_assert_eq(ctxvar_reset(&first), 0, "a good token was refused");
    check(&user, "nobody");

    /* The first of three takes back all three. */
    cr_assert_eq(ctxvar_set(&user, "ann", &first), 0);
    cr_assert_eq(ctxvar_set(&user, "ben", &second), 0);
    cr_assert_eq(ctxvar_set(&user, "cid", &third), 0);
    cr_assert_eq(ctxvar_reset(&second), 0, "a good token was refused");
    check(&user, "ann");
    cr_assert_eq(ctxvar_reset(&third), 0, "a good token was refused");
    check(&user, "ben");
    tl_fail_malloc(0);
    rc = ctxvar_reset(&first);
    tl_fail_malloc(-1);
    cr_assert_eq(rc, 0, "a reset without memory returned %d", rc);
    check(&user, "nobody");
    check(&place, "here");

    tl_fail_malloc(0);
    rc = ctxvar_set(&tally, "one", NULL);
    tl_fail_malloc(-1);
    cr_assert(rc == 0 || rc == ENOMEM, "ctxvar_set returned %d", rc);
    if (rc == 0) {
        check(&tally, "one");
    } else {
        cr_assert_null(ctxvar_get(&tally), "set, though ENOMEM was returned");
    }
    check(&place, "here");
}

/* What a call finds in its context, and what it sets there. */
struct visit {
    struct ctxtoken *token; /* if not NULL: try to reset it */
    struct context *inner;  /* if not NULL: visit that one meanwhile */
    struct context *self;   /* if not NULL: try to enter it again, */
                            /* here and in the inner one */
    char *sets;             /* the user, if not NULL */

    int token_rc;
    int inner_rc;
    int self_rc;
    int return_rc;      /* the same from the inner one */
    const char *inside; /* the user in the inner context */
    const char *user;   /* the user at the end */
    const char *place;
    int calls;
};

static void do_nothing(void *arg)
{
    (void)arg;
}

static void look_inside(void *arg)
{
    struct visit *v = arg;

    v->inside = ctxvar_get(&user);
    ctxvar_set(&place, "inside", NULL);
    if (v->self != NULL) {
        v->return_rc = context_run(v->self, do_nothing, NULL);
    }
}

static void visit(void *arg)
{
    struct visit *v = arg;

    v->calls++;
    if (v->token != NULL) {
        v->token_rc = ctxvar_reset(v->token);
    }
    if (v->sets != NULL) {
        ctxvar_set(&user, v->sets, NULL);
    }
    if (v->inner != NULL) {
        v->inner_rc = context_run(v->inner, look_inside, v);
    }
    if (v->self != NULL) {
        v->self_rc = context_run(v->self, do_nothing, NULL);
    }
    v->user = ctxvar_get(&user);
    v->place = ctxvar_get(&place);
}

Test(context, what_is_set_in_a_copy_stays_there, .timeout = 20.0)
{
    struct context *one = NULL;
    struct context *two = NULL;
    struct ctxtoken token;
    struct visit v = {.sets = "ben"};

    set(&user, "ann");
    one = copy();
    cr_assert_eq(ctxvar_set(&user, "eve", &token), 0);
    set(&place, "outside");
    two = copy();
    v.token = &token;
    cr_assert_eq(context_run(one, visit, &v), 0, "nobody was in it");
    check(&user, "eve");
    check(&place, "outside");
    cr_assert_eq(v.token_rc, EINVAL, "a token of another context: %d",
                 v.token_rc);
    cr_assert_str_eq(v.user, "ben", "set to ben, and then %s", v.user);
    cr_assert_str_eq(v.place, "nowhere", "set in another context, later: %s",
                     v.place);
    cr_assert_eq(ctxvar_reset(&token), 0, "the token was not used yet");
    check(&user, "ann");

    /* The next one finds what the last has left; one inside the other. */
    v = (struct visit){.inner = two, .self = one};
    cr_assert_eq(context_run(one, visit, &v), 0, "nobody was in it");
    cr_assert_eq(v.calls, 1, "run was called %d times", v.calls);
    cr_assert_eq(v.inner_rc, 0, "not let into another context: %d", v.inner_rc);
    cr_assert_eq(v.self_rc, EBUSY, "it is in that context already, but: %d",
                 v.self_rc);
    cr_assert_eq(v.return_rc, EBUSY, "it will come back to it, but: %d",
                 v.return_rc);
    cr_assert_str_eq(v.inside, "eve", "in the copy: %s", v.inside);
    cr_assert_str_eq(v.user, "ben", "after an inner context_run: %s", v.user);
    cr_assert_str_eq(v.place, "nowhere", "after an inner context_run: %s",
                     v.place);
    check(&user, "ann");
    context_destroy(one);
    v = (struct visit){.calls = 0};
    cr_assert_eq(context_run(two, visit, &v), 0, "nobody was in it");
    cr_assert_str_eq(v.user, "eve", "the context has changed: %s", v.user);
    cr_assert_str_eq(v.place, "inside", "set inside, and then %s", v.place);
    context_destroy(two);
    check(&place, "outside");
}

struct thread {
    pthread_t thread;
    const char *found; /* the user when it began */
    const char *place; /* likewise */
    const char *left;  /* the user when it ended */
};

static void *live(void *arg)
{
    struct thread *t = arg;

    t->found = ctxvar_get(&user);
    t->place = ctxvar_get(&place);
    ctxvar_set(&user, "tom", NULL);
    t->left = ctxvar_get(&user);
    pthread_exit(NULL);
}

static void *return_argument(void *arg)
{
    return arg;
}

Test(context, a_thread_begins_empty_or_with_a_copy, .timeout = 20.0)
{
    struct thread plain;
    struct thread child;
    pthread_t other;
    void *result = NULL;
    int rc = 0;

    set(&user, "ann");
    cr_assert_eq(pthread_create(&plain.thread, NULL, live, &plain), 0);
    cr_assert_eq(context_spawn(&child.thread, live, &child), 0);
    set(&user, "eve");
    set(&place, "late");
    cr_assert_eq(pthread_join(plain.thread, NULL), 0);
    cr_assert_eq(pthread_join(child.thread, NULL), 0);
    check(&user, "eve");
    cr_assert_str_eq(plain.found, "nobody", "a plain thread found %s",
                     plain.found);
    cr_assert_str_eq(plain.left, "tom");
    cr_assert_str_eq(child.found, "ann", "a spawned thread found %s",
                     child.found);
    cr_assert_str_eq(child.place, "nowhere", "set after the spawn: %s",
                     child.place);
    cr_assert_str_eq(child.left, "tom");

    tl_fail_create(0);
    rc = context_spawn(&other, live, &child);
    tl_fail_create(-1);
    cr_assert_eq(rc, EAGAIN, "no thread could be made, but: %d", rc);
    for (int spare = 0; spare < 3; spare++) {
        tl_fail_malloc(spare);
        rc = context_spawn(&other, return_argument, &rc);
        tl_fail_malloc(-1);
        cr_assert(rc == 0 || rc == ENOMEM, "context_spawn returned %d", rc);
        if (rc == 0) {
            cr_assert_eq(pthread_join(other, &result), 0);
            cr_assert_eq(result, &rc, "not what the thread returned");
        }
    }
}

/* Two who count in one context, as often as they are let in. */
struct counter {
    pthread_t thread;
    struct context *context;
    int let_in;
    int refused;
};

static void count_up(void *arg)
{
    (void)arg;
    ctxvar_set(&tally, (void *)((intptr_t)ctxvar_get(&tally) + 1), NULL);
}

static void read_tally(void *arg)
{
    *(intptr_t *)arg = (intptr_t)ctxvar_get(&tally);
}

static void *count_twice(void *arg)
{
    struct counter *c = arg;

    for (int i = 0; i < 2; i++) {
        int rc = context_run(c->context, count_up, NULL);

        c->let_in += rc == 0;
        c->refused += rc == EBUSY;
    }
    return NULL;
}

/* One who stays inside until it is told to go. */
struct guest {
    pthread_t thread;
    struct context *context;

    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool inside;
    bool may_go;
};

static void stay(void *arg)
{
    struct guest *g = arg;

    pthread_mutex_lock(&g->lock);
    g->inside = true;
    pthread_cond_signal(&g->changed);
    while (!g->may_go) {
        pthread_cond_wait(&g->changed, &g->lock);
    }
    pthread_mutex_unlock(&g->lock);
}

static void *go_inside(void *arg)
{
    struct guest *g = arg;

    context_run(g->context, stay, g);
    pthread_mutex_lock(&g->lock);
    g->inside = true; /* if it was not let in, there is nothing to wait for */
    pthread_cond_signal(&g->changed);
    pthread_mutex_unlock(&g->lock);
    return NULL;
}

Test(context, one_thread_at_a_time_is_in_a_context, .timeout = 20.0)
{
    struct counter counters[2] = {{.let_in = 0}, {.let_in = 0}};
    struct guest g = {.lock = PTHREAD_MUTEX_INITIALIZER,
                      .changed = PTHREAD_COND_INITIALIZER};
    struct context *c = NULL;
    intptr_t sum = 0;
    int rc = 0;

    set(&tally, NULL);
    c = copy();
    for (int i = 0; i < 2; i++) {
        counters[i].context = c;
        cr_assert_eq(pthread_create(&counters[i].thread, NULL, count_twice,
                                    &counters[i]),
                     0);
    }
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(pthread_join(counters[i].thread, NULL), 0);
        cr_assert_eq(counters[i].let_in + counters[i].refused, 2,
                     "neither 0 nor EBUSY");
    }
    cr_assert_eq(context_run(c, read_tally, &sum), 0, "both have left it");
    cr_assert_eq(sum, counters[0].let_in + counters[1].let_in,
                 "let in %d times, counted to %d",
                 counters[0].let_in + counters[1].let_in, (int)sum);
    cr_assert_geq(sum, 2, "nobody was inside, and nobody was let in");

    g.context = c;
    cr_assert_eq(pthread_create(&g.thread, NULL, go_inside, &g), 0);
    pthread_mutex_lock(&g.lock);
    while (!g.inside) {
        pthread_cond_wait(&g.changed, &g.lock);
    }
    pthread_mutex_unlock(&g.lock);
    rc = context_run(c, count_up, NULL);
    pthread_mutex_lock(&g.lock);
    g.may_go = true;
    pthread_cond_signal(&g.changed);
    pthread_mutex_unlock(&g.lock);
    cr_assert_eq(pthread_join(g.thread, NULL), 0);
    cr_assert_eq(rc, EBUSY, "another thread is in it, but: %d", rc);
    cr_assert_eq(context_run(c, count_up, NULL), 0, "all have left it");
    context_destroy(c);
}

/* A thread that ends two contexts deep. */
struct leaver {
    pthread_t thread;
    struct context *outer;
    struct context *inner;
};

static void set_and_exit(void *arg)
{
    (void)arg;
    ctxvar_set(&user, "max", NULL);
    pthread_exit(NULL);
}

static void go_deeper(void *arg)
{
    struct leaver *l = arg;

    ctxvar_set(&user, "eve", NULL);
    context_run(l->inner, set_and_exit, NULL);
}

static void *leave_from_inside(void *arg)
{
    struct leaver *l = arg;

    ctxvar_set(&user, "tom", NULL);
    context_run(l->outer, go_deeper, l);
    return NULL;
}

Test(context, a_thread_that_exits_leaves_its_contexts, .timeout = 20.0)
{
    struct leaver l;
    struct visit v = {.calls = 0};

    set(&user, "ann");
    l.outer = copy();
    l.inner = copy();
    cr_assert_eq(pthread_create(&l.thread, NULL, leave_from_inside, &l), 0);
    cr_assert_eq(pthread_join(l.thread, NULL), 0);
    cr_assert_eq(context_run(l.inner, visit, &v), 0,
                 "the thread that was in it has ended, and it is still busy");
    cr_assert_str_eq(v.user, "max", "what a thread has set is lost: %s",
                     v.user);
    cr_assert_eq(context_run(l.outer, visit, &v), 0,
                 "the thread that was in it has ended, and it is still busy");
    cr_assert_str_eq(v.user, "eve", "what a thread has set is lost: %s",
                     v.user);
    check(&user, "ann");
    context_destroy(l.inner);
    context_destroy(l.outer);
}

/* A pool of one worker, and two who give it something to do. */
enum { TASKS = 2 };

struct task {
    struct context *context;
    const char *found; /* the user, when the task was run */
    struct task *next;
};

struct pool {
    pthread_mutex_t lock;
    pthread_cond_t work;
    struct task *first;
    int expected; /* tasks that have not been taken yet */
};

static void run_task(void *arg)
{
    struct task *t = arg;

    t->found = ctxvar_get(&user);
    ctxvar_set(&user, "a task", NULL);
}

static void *work(void *arg)
{
    struct pool *p = arg;
    struct task *t = NULL;

    ctxvar_set(&user, "worker", NULL);
    pthread_mutex_lock(&p->lock);
    while (p->expected > 0) {
        while (p->first == NULL) {
            pthread_cond_wait(&p->work, &p->lock);
        }
        t = p->first;
        p->first = t->next;
        p->expected--;
        pthread_mutex_unlock(&p->lock);
        if (t->context != NULL) {
            context_run(t->context, run_task, t);
            context_destroy(t->context);
        }
        pthread_mutex_lock(&p->lock);
    }
    pthread_mutex_unlock(&p->lock);
    return ctxvar_get(&user);
}

struct submitter {
    pthread_t thread;
    struct pool *pool;
    char *name;
    struct task tasks[TASKS];
    const char *left; /* the user, when all was handed over */
};

static void *submit(void *arg)
{
    struct submitter *s = arg;
    struct ctxtoken token;

    for (int i = 0; i < TASKS; i++) {
        struct task *t = &s->tasks[i];

        ctxvar_set(&user, s->name, &token);
        t->context = context_copy();
        pthread_mutex_lock(&s->pool->lock);
        t->next = s->pool->first;
        s->pool->first = t;
        pthread_cond_signal(&s->pool->work);
        pthread_mutex_unlock(&s->pool->lock);
        ctxvar_reset(&token);
    }
    s->left = ctxvar_get(&user);
    return NULL;
}

Test(context, a_task_runs_in_the_context_of_who_submitted_it, .timeout = 20.0)
{
    struct pool pool = {.lock = PTHREAD_MUTEX_INITIALIZER,
                        .work = PTHREAD_COND_INITIALIZER,
                        .expected = 2 * TASKS};
    struct submitter submitters[2] = {{.pool = &pool, .name = "ann"},
                                      {.pool = &pool, .name = "ben"}};
    pthread_t worker;
    void *left = NULL;

    cr_assert_eq(pthread_create(&worker, NULL, work, &pool), 0);
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(
            pthread_create(&submitters[i].thread, NULL, submit, &submitters[i]),
            0);
    }
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(pthread_join(submitters[i].thread, NULL), 0);
    }
    cr_assert_eq(pthread_join(worker, &left), 0);
    for (int i = 0; i < 2; i++) {
        const struct submitter *s = &submitters[i];

        for (int k = 0; k < TASKS; k++) {
            cr_assert_not_null(s->tasks[k].found, "a task did not run");
            cr_assert_str_eq(s->tasks[k].found, s->name,
                             "a task of %s ran for %s", s->name,
                             s->tasks[k].found);
        }
        cr_assert_str_eq(s->left, "nobody", "all was taken back, yet it is %s",
                         s->left);
    }
    cr_assert_str_eq(left, "worker", "a task has changed its worker's context");
}

/* A task that submits another one. It sets one more variable each time. */
enum { MORE = 9 };

static struct ctxvar more[MORE];

struct errand {
    struct ctxvar *var;
    struct context *copy;
};

static void set_and_copy(void *arg)
{
    struct errand *e = arg;

    ctxvar_set(e->var, "set", NULL);
    e->copy = context_copy();
}

/* In the copy: is it there? Then something that is new to this context. */
static void look_and_set(void *arg)
{
    struct errand *e = arg;
    void *found = ctxvar_get(e->var);

    ctxvar_set(&place, "copied", NULL);
    e->var = found == NULL ? NULL : e->var;
}

Test(context, a_copy_made_inside_a_run_can_be_entered, .timeout = 20.0)
{
    struct context *task = copy();
    struct visit v = {.calls = 0};

    for (int i = 0; i < MORE; i++) {
        struct errand e = {.var = &more[i]};

        cr_assert_eq(context_run(task, set_and_copy, &e), 0);
        cr_assert_not_null(e.copy, "context_copy returned NULL");
        cr_assert_eq(context_run(e.copy, look_and_set, &e), 0,
                     "nobody has ever been in the copy");
        cr_assert_not_null(e.var, "what was set before it was copied is lost");
        cr_assert_eq(context_run(e.copy, visit, &v), 0, "all have left it");
        cr_assert_str_eq(v.place, "copied", "set in the copy, and then %s",
                         v.place);
        context_destroy(e.copy);
    }
    cr_assert_eq(context_run(task, visit, &v), 0, "all have left it");
    cr_assert_str_eq(v.place, "nowhere", "set in the copies: %s", v.place);
    context_destroy(task);
}
