/* SPDX-License-Identifier: MIT */
/* test_pool.c - what pool.h promises, with jobs that show what became of them.
 *
 * Most jobs write to a place of their own without any lock: the pool promises
 * that who submitted before, and who waits after, need none. The test looks at
 * such places after pool_wait or pool_destroy only. */
#include "pool.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "threadlab.h"

/* A job that counts how often it was run. */
static void count_run(void *arg)
{
    int *runs = arg;

    (*runs)++;
}

/* A number of threads or jobs meet: who arrives waits for all the others. */
struct meeting {
    pthread_mutex_t lock;
    pthread_cond_t all_here;
    int expected;
    int arrived;
};

static void meeting_init(struct meeting *m, int expected)
{
    pthread_mutex_init(&m->lock, NULL);
    pthread_cond_init(&m->all_here, NULL);
    m->expected = expected;
    m->arrived = 0;
}

static void meeting_destroy(struct meeting *m)
{
    pthread_cond_destroy(&m->all_here);
    pthread_mutex_destroy(&m->lock);
}

static void meet(void *arg)
{
    struct meeting *m = arg;

    pthread_mutex_lock(&m->lock);
    m->arrived++;
    pthread_cond_broadcast(&m->all_here);
    while (m->arrived < m->expected) {
        pthread_cond_wait(&m->all_here, &m->lock);
    }
    pthread_mutex_unlock(&m->lock);
}

/* Let everybody through from now on, whether or not they ever come. */
static void open_door(struct meeting *m)
{
    pthread_mutex_lock(&m->lock);
    m->expected = 0;
    pthread_cond_broadcast(&m->all_here);
    pthread_mutex_unlock(&m->lock);
}

enum { SHARE = 12 };

struct submitter {
    pthread_t thread;
    struct pool *pool;
    int runs[SHARE]; /* each counted by a job of its own */
    int rc[SHARE];   /* what the submits returned */
};

static void *submit_share(void *arg)
{
    struct submitter *s = arg;

    for (int i = 0; i < SHARE; i++) {
        s->rc[i] = pool_submit(s->pool, count_run, &s->runs[i]);
    }
    return NULL;
}

Test(pool, every_job_runs_once, .timeout = 20.0)
{
    struct pool *pool = pool_create(3);
    struct submitter submitters[2] = {{.pool = pool}, {.pool = pool}};

    cr_assert_not_null(pool);
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(pthread_create(&submitters[i].thread, NULL, submit_share,
                                    &submitters[i]),
                     0);
    }
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(pthread_join(submitters[i].thread, NULL), 0);
    }
    pool_destroy(pool);
    for (int i = 0; i < 2; i++) {
        for (int k = 0; k < SHARE; k++) {
            cr_assert_eq(submitters[i].rc[k], 0);
            cr_assert_eq(submitters[i].runs[k], 1, "a job ran %d times",
                         submitters[i].runs[k]);
        }
    }
}

/* Jobs of a pool with one worker never run side by side: no lock needed. */
struct diary {
    int entries[SHARE];
    int count;
};

struct entry {
    struct diary *diary;
    int number;
};

static void write_entry(void *arg)
{
    struct entry *e = arg;

    if (e->diary->count < SHARE) {
        e->diary->entries[e->diary->count] = e->number;
    }
    e->diary->count++;
}

Test(pool, one_worker_begins_jobs_in_their_order, .timeout = 20.0)
{
    struct pool *pool = pool_create(1);
    struct diary diary = {.count = 0};
    struct entry jobs[SHARE];
    int failed = 0;

    cr_assert_not_null(pool);
    for (int i = 0; i < SHARE; i++) {
        jobs[i] = (struct entry){.diary = &diary, .number = i};
        failed += pool_submit(pool, write_entry, &jobs[i]) != 0;
    }
    pool_destroy(pool);
    cr_assert_eq(failed, 0);
    cr_assert_eq(diary.count, SHARE);
    for (int i = 0; i < SHARE; i++) {
        cr_assert_eq(diary.entries[i], i, "job %d was begun as number %d",
                     diary.entries[i], i);
    }
}

Test(pool, as_many_jobs_run_at_once_as_there_are_workers, .timeout = 20.0)
{
    struct pool *pool = pool_create(3);
    int failed = 0;

    cr_assert_not_null(pool);
    for (int round = 0; round < 3; round++) {
        struct meeting meeting;

        meeting_init(&meeting, 3);
        for (int i = 0; i < 3; i++) {
            failed += pool_submit(pool, meet, &meeting) != 0;
        }
        pool_wait(pool);
        meeting_destroy(&meeting);
    }
    pool_destroy(pool);
    cr_assert_eq(failed, 0);
}

/* A job that submits two more, which submit two more: 7 jobs in a tree. */
enum { NODES = 7 };

struct node {
    struct pool *pool;
    struct node *tree; /* NODES of them; i has the children 2i+1 and 2i+2 */
    int number;
    int runs;
    int failed;
};

static void grow(void *arg)
{
    struct node *n = arg;

    for (int child = 2 * n->number + 1; child <= 2 * n->number + 2; child++) {
        if (child < NODES) {
            n->failed += pool_submit(n->pool, grow, &n->tree[child]) != 0;
        }
    }
    n->runs++;
}

static int plant(struct pool *pool, struct node tree[NODES])
{
    for (int i = 0; i < NODES; i++) {
        tree[i] = (struct node){.pool = pool, .tree = tree, .number = i};
    }
    return pool_submit(pool, grow, &tree[0]);
}

/* How many of the nodes have run once, and submitted their children. */
static int grown(const struct node tree[NODES])
{
    int count = 0;

    for (int i = 0; i < NODES; i++) {
        count += tree[i].runs == 1 && tree[i].failed == 0;
    }
    return count;
}

/* Like the test's own thread, each looks at the tree with no lock at all. */
struct watcher {
    pthread_t thread;
    struct pool *pool;
    const struct node *tree;
    int seen;
};

static void *wait_and_look(void *arg)
{
    struct watcher *w = arg;

    pool_wait(w->pool);
    w->seen = grown(w->tree);
    return NULL;
}

Test(pool, wait_returns_when_all_jobs_have_ended, .timeout = 20.0)
{
    struct pool *pool = pool_create(2);
    struct node tree[NODES];
    struct watcher watchers[2] = {{.pool = pool, .tree = tree},
                                  {.pool = pool, .tree = tree}};
    int seen = 0;

    cr_assert_not_null(pool);
    pool_wait(pool); /* idle already */
    cr_assert_eq(plant(pool, tree), 0);
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(pthread_create(&watchers[i].thread, NULL, wait_and_look,
                                    &watchers[i]),
                     0);
    }
    pool_wait(pool);
    seen = grown(tree);
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(pthread_join(watchers[i].thread, NULL), 0);
    }
    cr_assert_eq(seen, NODES, "%d of 7 jobs had ended", seen);
    cr_assert_eq(watchers[0].seen, NODES, "a second wait returned early");
    cr_assert_eq(watchers[1].seen, NODES, "a third wait returned early");

    /* The pool goes on after a wait. */
    cr_assert_eq(plant(pool, tree), 0);
    pool_wait(pool);
    cr_assert_eq(grown(tree), NODES);
    pool_destroy(pool);
}

/* A job that waits at the door until it is opened, and then submits. */
struct late {
    struct pool *pool;
    struct meeting door;
    int rc;
    int runs; /* of the job it tried to submit */
};

static void submit_late(void *arg)
{
    struct late *l = arg;

    meet(&l->door);
    l->rc = pool_submit(l->pool, count_run, &l->runs);
}

Test(pool, a_closed_pool_runs_what_it_has_taken, .timeout = 20.0)
{
    struct pool *pool = pool_create(2);
    struct late late = {.pool = pool};
    int runs[SHARE] = {0};
    int refused_runs = 0;
    int failed = 0;
    int rc = 0;

    cr_assert_not_null(pool);
    meeting_init(&late.door, 2); /* the second never comes */
    failed += pool_submit(pool, submit_late, &late) != 0;
    for (int i = 0; i < SHARE; i++) {
        failed += pool_submit(pool, count_run, &runs[i]) != 0;
    }
    pool_close(pool);
    pool_close(pool);
    rc = pool_submit(pool, count_run, &refused_runs);
    open_door(&late.door); /* now the late job goes on, and is refused too */
    pool_destroy(pool);
    meeting_destroy(&late.door);

    cr_assert_eq(failed, 0);
    cr_assert_eq(rc, ESHUTDOWN, "a closed pool took a job");
    cr_assert_eq(refused_runs, 0, "a refused job ran");
    cr_assert_eq(late.rc, ESHUTDOWN, "a closed pool took a job from a job");
    cr_assert_eq(late.runs, 0, "a refused job ran");
    for (int i = 0; i < SHARE; i++) {
        cr_assert_eq(runs[i], 1, "job %d of a closed pool ran %d times", i,
                     runs[i]);
    }
}

Test(pool, a_job_is_run_or_refused_when_a_close_comes, .timeout = 20.0)
{
    struct pool *pool = pool_create(2);
    struct submitter s = {.pool = pool};

    cr_assert_not_null(pool);
    cr_assert_eq(pthread_create(&s.thread, NULL, submit_share, &s), 0);
    pool_close(pool);
    cr_assert_eq(pthread_join(s.thread, NULL), 0);
    pool_destroy(pool);
    for (int k = 0; k < SHARE; k++) {
        cr_assert(s.rc[k] == 0 || s.rc[k] == ESHUTDOWN);
        cr_assert_eq(s.runs[k], s.rc[k] == 0,
                     "a job ran %d times, though its submit returned %d",
                     s.runs[k], s.rc[k]);
    }
}

Test(pool, create_fails_as_a_whole_and_leaves_nothing, .timeout = 20.0)
{
    struct pool *pool = pool_create(3);
    int runs = 0;

    cr_assert_not_null(pool);
    pool_destroy(pool); /* nothing was ever submitted */
    cr_assert_null(pool_create(0), "a pool without workers");
    for (int started = 0; started < 3; started++) {
        tl_fail_create(started);
        cr_assert_null(pool_create(3), "a pool that lacks a worker");
        tl_fail_create(-1);
    }
    pool = pool_create(2);
    cr_assert_not_null(pool);
    cr_assert_eq(pool_submit(pool, count_run, &runs), 0);
    pool_destroy(pool);
    cr_assert_eq(runs, 1);
}
