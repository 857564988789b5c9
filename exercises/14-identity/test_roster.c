/* SPDX-License-Identifier: MIT */
/* test_roster.c - what roster.h promises, in any order the threads may run.
 *
 * A worker notes in its own struct who it thinks it is; the test compares that
 * with the roster's lists after joining it. */
#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "roster.h"
#include <threadlab.h>

enum { WORKERS = 3, MAX = 16, ROUNDS = 8, UNTOUCHED = 4711 };

/* Workers may be told to stay until the test has looked at the list. */
struct gate {
    pthread_mutex_t lock; /* guards open */
    pthread_cond_t opened;
    bool open;
};

static void gate_init(struct gate *g)
{
    cr_assert_eq(pthread_mutex_init(&g->lock, NULL), 0);
    cr_assert_eq(pthread_cond_init(&g->opened, NULL), 0);
    g->open = false;
}

static void gate_wait(struct gate *g)
{
    pthread_mutex_lock(&g->lock);
    while (!g->open) {
        pthread_cond_wait(&g->opened, &g->lock);
    }
    pthread_mutex_unlock(&g->lock);
}

static void gate_open(struct gate *g)
{
    pthread_mutex_lock(&g->lock);
    g->open = true;
    pthread_cond_broadcast(&g->opened);
    pthread_mutex_unlock(&g->lock);
}

static void gate_destroy(struct gate *g)
{
    pthread_cond_destroy(&g->opened);
    pthread_mutex_destroy(&g->lock);
}

struct worker {
    struct roster *roster;
    struct gate *gate; /* to wait at before the end; may be NULL */
    pthread_t thread;
    int rc;
    struct identity id; /* what roster_current said */
    pid_t native;       /* what the system says */
    char system_name[ROSTER_NAME_SIZE];
};

static void look_at_oneself(struct worker *w)
{
    w->rc = roster_current(w->roster, &w->id);
    w->native = gettid();
    pthread_getname_np(pthread_self(), w->system_name, sizeof w->system_name);
}

static void work(void *arg)
{
    struct worker *w = arg;

    look_at_oneself(w);
    if (w->gate != NULL) {
        gate_wait(w->gate);
    }
}

static struct roster *make(void)
{
    struct roster *r = roster_create();

    cr_assert_not_null(r, "roster_create returned NULL");
    return r;
}

static void start(struct worker *w, struct roster *r, const char *name)
{
    int rc;

    w->roster = r;
    w->rc = UNTOUCHED;
    rc = roster_start(r, name, work, w, &w->thread);
    cr_assert_eq(rc, 0, "roster_start returned %d", rc);
}

static void join(struct worker *w)
{
    cr_assert_eq(pthread_join(w->thread, NULL), 0);
}

/* What the worker noted must be true, and its name `name`. */
static void check(const struct worker *w, const char *name)
{
    cr_assert_eq(w->rc, 0, "roster_current returned %d", w->rc);
    cr_assert_eq(w->id.native, w->native, "another thread's native id");
    cr_assert_not(w->id.is_main);
    cr_assert_str_eq(w->id.name, name);
    cr_assert_str_eq(w->system_name, name,
                     "in run, pthread_getname_np said \"%s\", not \"%s\"",
                     w->system_name, name);
}

Test(roster, the_main_thread_is_its_first_member, .timeout = 20.0)
{
    struct roster *r = make();
    struct identity id = {.ident = UNTOUCHED};

    cr_assert_eq(roster_current(r, &id), 0);
    cr_assert_eq(id.ident, 1);
    cr_assert_eq(id.native, gettid());
    cr_assert(id.is_main);
    cr_assert_str_eq(id.name, "main");
    cr_assert_eq(roster_rename(r, "captain-of-the-ship"), 0);
    cr_assert_eq(roster_list(r, NULL, 0), 1);
    cr_assert_eq(roster_list(r, &id, 1), 1);
    cr_assert_eq(id.ident, 1);
    cr_assert_str_eq(id.name, "captain-of-the-", "15 characters and no more");
    roster_destroy(r);

    r = make(); /* the same thread may be the first of another */
    cr_assert_eq(roster_current(r, &id), 0);
    cr_assert_str_eq(id.name, "main");
    roster_destroy(r);
}

Test(roster, every_thread_knows_who_it_is, .timeout = 20.0)
{
    struct roster *r = make();
    struct worker workers[WORKERS] = {{.roster = r}};
    char name[32] = "a-name-that-is-far-too-long";
    char expected[32];

    start(&workers[0], r, name);
    strcpy(name, "worker");
    start(&workers[1], r, name);
    strcpy(name, "somebody else"); /* the roster has copies */
    start(&workers[2], r, NULL);
    for (int i = 0; i < WORKERS; i++) {
        join(&workers[i]);
    }
    check(&workers[0], "a-name-that-is-");
    check(&workers[1], "worker");
    snprintf(expected, sizeof expected, "thread-%u", workers[2].id.ident);
    check(&workers[2], expected);
    cr_assert_eq(roster_list(r, NULL, 0), 1, "the ended are on the list");
    roster_destroy(r);
}

Test(roster, the_list_has_all_who_are_there, .timeout = 20.0)
{
    struct roster *r = make();
    struct worker workers[WORKERS] = {{.roster = r}};
    struct identity list[MAX] = {{.ident = UNTOUCHED}};
    struct identity two[3] = {{.ident = UNTOUCHED}};
    struct gate gate;
    size_t there, all;

    gate_init(&gate);
    for (int i = 0; i < WORKERS; i++) {
        workers[i].gate = &gate;
        start(&workers[i], r, i == 1 ? "one" : NULL);
    }
    there = roster_list(r, list, MAX);
    all = roster_list(r, two, 2);
    gate_open(&gate);
    for (int i = 0; i < WORKERS; i++) {
        join(&workers[i]);
    }
    cr_assert_eq(there, WORKERS + 1, "%zu threads are there", there);
    cr_assert_eq(all, WORKERS + 1, "%zu threads are there", all);
    cr_assert(list[0].is_main);
    for (int i = 0; i < WORKERS; i++) {
        const struct identity *id = &list[i + 1];

        cr_assert_eq(id->native, workers[i].native,
                     "the native id of %s is %d on the list", id->name,
                     (int)id->native);
        cr_assert_eq(id->ident, workers[i].id.ident);
        cr_assert_gt(id->ident, list[i].ident, "the order of idents");
        cr_assert_str_eq(id->name, workers[i].id.name);
        cr_assert_not(id->is_main);
    }
    cr_assert_eq(two[1].ident, list[1].ident);
    cr_assert_eq(two[2].ident, 0, "more written than asked for");
    gate_destroy(&gate);
    roster_destroy(r);
}

/* A worker that starts another and waits for it. */
struct parent {
    struct worker self;
    struct worker child;
    int start_rc;
    bool child_was_listed;
    bool in_order; /* the list was */
};

static void be_a_parent(void *arg)
{
    struct parent *p = arg;
    struct identity list[MAX];
    size_t n;

    look_at_oneself(&p->self);
    p->start_rc = roster_start(p->self.roster, "child", work, &p->child,
                               &p->child.thread);
    if (p->start_rc == 0) {
        n = roster_list(p->self.roster, list, MAX);
        p->in_order = true;
        for (size_t i = 0; i < n && i < MAX; i++) {
            p->child_was_listed =
                p->child_was_listed || strcmp(list[i].name, "child") == 0;
            p->in_order =
                p->in_order && (i == 0 || list[i].ident > list[i - 1].ident);
        }
        gate_open(p->child.gate);
        pthread_join(p->child.thread, NULL);
    }
}

Test(roster, any_thread_may_start_another, .timeout = 20.0)
{
    struct roster *r = make();
    struct parent parents[2] = {{.start_rc = UNTOUCHED}};
    struct gate gates[2];

    for (int i = 0; i < 2; i++) {
        gate_init(&gates[i]);
        parents[i].self.roster = parents[i].child.roster = r;
        parents[i].child.gate = &gates[i];
        cr_assert_eq(roster_start(r, "parent", be_a_parent, &parents[i],
                                  &parents[i].self.thread),
                     0);
    }
    for (int i = 0; i < 2; i++) {
        join(&parents[i].self);
        gate_destroy(&gates[i]);
    }
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(parents[i].start_rc, 0);
        check(&parents[i].self, "parent");
        check(&parents[i].child, "child");
        cr_assert(parents[i].child_was_listed, "started, yet not listed");
        cr_assert(parents[i].in_order, "the list is not in the order of ident");
        cr_assert_gt(parents[i].child.id.ident, parents[i].self.id.ident);
    }
    cr_assert_neq(parents[0].child.id.ident, parents[1].child.id.ident,
                  "two threads, one ident");
    cr_assert_eq(roster_list(r, NULL, 0), 1);
    roster_destroy(r);
}

static void change_names(void *arg)
{
    struct worker *w = arg;

    for (int i = 0; i < ROUNDS; i++) {
        roster_rename(w->roster, i % 2 == 0 ? "abcdefgh" : "ABCDEFGH");
    }
    look_at_oneself(w);
}

Test(roster, names_may_change_while_others_look, .timeout = 20.0)
{
    struct roster *r = make();
    struct worker workers[2] = {{.roster = r}, {.roster = r}};
    struct identity list[MAX];

    for (int i = 0; i < 2; i++) {
        cr_assert_eq(roster_start(r, "abcdefgh", change_names, &workers[i],
                                  &workers[i].thread),
                     0);
    }
    for (int round = 0; round < ROUNDS; round++) {
        size_t n = roster_list(r, list, MAX);

        cr_assert(n >= 1 && n <= 3, "%zu threads are there", n);
        for (size_t i = 1; i < n; i++) {
            cr_assert(strcmp(list[i].name, "abcdefgh") == 0 ||
                          strcmp(list[i].name, "ABCDEFGH") == 0,
                      "the name of nobody: %s", list[i].name);
        }
    }
    for (int i = 0; i < 2; i++) {
        join(&workers[i]);
        check(&workers[i], "ABCDEFGH");
    }
    roster_destroy(r);
}

Test(roster, a_number_is_not_given_twice, .timeout = 20.0)
{
    struct roster *r = make();
    struct worker workers[WORKERS] = {{.roster = r}};
    pthread_t thread;
    int rc;

    /* The system gives the next thread the pthread_t of the one before. */
    for (int i = 0; i < WORKERS; i++) {
        start(&workers[i], r, "short-lived");
        join(&workers[i]);
        check(&workers[i], "short-lived");
        cr_assert_gt(workers[i].id.ident, i == 0 ? 1 : workers[i - 1].id.ident);
    }
    tl_fail_create(0);
    rc = roster_start(r, "never", work, &workers[0], &thread);
    tl_fail_create(-1);
    cr_assert_eq(rc, EAGAIN, "roster_start returned %d", rc);
    cr_assert_eq(roster_list(r, NULL, 0), 1, "nobody was started");
    start(&workers[0], r, "short-lived");
    join(&workers[0]);
    cr_assert_gt(workers[0].id.ident, workers[WORKERS - 1].id.ident);
    roster_destroy(r);
}

struct stranger {
    struct roster *roster;
    struct worker child;
    struct identity id;
    int current_rc;
    int rename_rc;
    int start_rc;
};

static void *look_in(void *arg)
{
    struct stranger *s = arg;

    s->current_rc = roster_current(s->roster, &s->id);
    s->rename_rc = roster_rename(s->roster, "nobody");
    s->start_rc =
        roster_start(s->roster, "found", work, &s->child, &s->child.thread);
    if (s->start_rc == 0) {
        pthread_join(s->child.thread, NULL);
    }
    return NULL;
}

Test(roster, a_stranger_is_no_member, .timeout = 20.0)
{
    struct roster *r = make();
    struct stranger s = {.roster = r, .id = {.ident = UNTOUCHED}};
    pthread_t thread;

    s.child.roster = r;
    cr_assert_eq(pthread_create(&thread, NULL, look_in, &s), 0);
    cr_assert_eq(pthread_join(thread, NULL), 0);
    cr_assert_eq(s.current_rc, ESRCH);
    cr_assert_eq(s.id.ident, UNTOUCHED, "*out written, yet not 0 returned");
    cr_assert_eq(s.rename_rc, ESRCH);
    cr_assert_eq(s.start_rc, 0, "a stranger may start a member");
    check(&s.child, "found");
    cr_assert_eq(roster_list(r, NULL, 0), 1);
    roster_destroy(r);
}

/* A thread that is not the first of the process and makes a roster. */
struct captain {
    pthread_t thread;
    struct roster *other;
    bool has_own;
    int own_rc;
    struct identity id; /* on its own roster, after all else */
    struct worker mate;
    int start_rc;
    int current_rc; /* of the other roster, like the next two */
    int rename_rc;
    int later_rc; /* its own is gone */
    struct identity nobody;
};

static void *command(void *arg)
{
    struct captain *c = arg;
    struct roster *own = roster_create();

    if (own == NULL) {
        return NULL;
    }
    c->has_own = true;
    c->mate.roster = own;
    c->start_rc = roster_start(own, "mate", work, &c->mate, &c->mate.thread);
    if (c->start_rc == 0) {
        pthread_join(c->mate.thread, NULL);
    }
    c->current_rc = roster_current(c->other, &c->nobody);
    c->rename_rc = roster_rename(c->other, "intruder");
    c->own_rc = roster_current(own, &c->id);
    roster_destroy(own);
    c->later_rc = roster_current(c->other, &c->nobody);
    return NULL;
}

Test(roster, any_thread_may_make_a_roster, .timeout = 20.0)
{
    struct roster *r = make();
    struct captain c = {.other = r, .nobody = {.ident = UNTOUCHED}};
    struct identity id = {.ident = UNTOUCHED};

    cr_assert_eq(pthread_create(&c.thread, NULL, command, &c), 0);
    cr_assert_eq(pthread_join(c.thread, NULL), 0);
    cr_assert(c.has_own, "roster_create returned NULL");
    cr_assert_eq(c.own_rc, 0, "roster_current returned %d", c.own_rc);
    cr_assert_eq(c.id.ident, 1);
    cr_assert(c.id.is_main, "it made the roster, so it is its main thread");
    cr_assert_eq(c.start_rc, 0, "roster_start returned %d", c.start_rc);
    check(&c.mate, "mate");
    cr_assert_eq(c.current_rc, ESRCH, "it is a member of another roster only");
    cr_assert_eq(c.rename_rc, ESRCH, "it is a member of another roster only");
    cr_assert_str_eq(c.id.name, "main", "renamed itself on another's roster");
    cr_assert_eq(c.later_rc, ESRCH, "its roster is gone");
    cr_assert_eq(c.nobody.ident, UNTOUCHED, "*out written, yet not 0 returned");
    cr_assert_eq(roster_current(r, &id), 0);
    cr_assert_str_eq(id.name, "main");
    roster_destroy(r);
}
