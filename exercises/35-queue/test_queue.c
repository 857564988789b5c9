/* SPDX-License-Identifier: MIT */
/* test_queue.c - what queue.h promises, in any order the threads may run.
 *
 * Items point into an array of cells. A worker squares the number in the cell
 * it is given and takes no lock for that: who has joined the queue may look at
 * the cells, for everything that was put has been dealt with. */
#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "queue.h"
#include "threadlab.h"

enum {
    CONSUMERS = 3,
    JOINERS = 2,
    PUTTERS = 2,
    GETTERS = 2,
    MANY = 100,
    JOBS = 12
};

static struct queue *make(size_t maxsize)
{
    struct queue *q = queue_create(maxsize);

    cr_assert_not_null(q, "queue_create returned NULL");
    return q;
}

static void join(const pthread_t threads[], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        cr_assert_eq(pthread_join(threads[i], NULL), 0);
    }
}

/* A thread that is a consumer, and what queue_consume returned. */
struct consumer {
    struct queue *q;
    void (*work)(void *item, void *arg);
    void *arg;
    size_t count;
};

static void *consume(void *arg)
{
    struct consumer *c = arg;

    c->count = queue_consume(c->q, c->work, c->arg);
    return NULL;
}

static void start_consumers(struct consumer consumers[], pthread_t threads[],
                            size_t n, const struct consumer *like)
{
    for (size_t i = 0; i < n; i++) {
        consumers[i] = *like;
        cr_assert_eq(pthread_create(&threads[i], NULL, consume, &consumers[i]),
                     0);
    }
}

static size_t worked_on(const struct consumer consumers[], size_t n)
{
    size_t sum = 0;

    for (size_t i = 0; i < n; i++) {
        sum += consumers[i].count;
    }
    return sum;
}

static void square(void *item, void *arg)
{
    int *cell = item;

    (void)arg;
    *cell *= *cell;
}

static void put_cells(struct queue *q, int cells[], int n)
{
    for (int i = 0; i < n; i++) {
        cells[i] = i + 1;
        cr_assert_eq(queue_put(q, &cells[i]), 0);
    }
}

static void assert_squares(const int cells[], int n)
{
    for (int i = 0; i < n; i++) {
        cr_assert_eq(cells[i], (i + 1) * (i + 1),
                     "joined, yet item %d is not done", i);
    }
}

Test(queue, items_leave_in_order_and_are_marked_as_done, .timeout = 20.0)
{
    struct queue *q = make(0);
    int items[MANY];
    int got = 0;
    int put = 0;

    cr_assert_eq(queue_size(q), 0, "a new queue is not empty");
    cr_assert_eq(queue_task_done(q), EINVAL, "nothing is unfinished");
    queue_join(q);
    while (put < MANY) {
        for (int i = 0; i < 5; i++) {
            cr_assert_eq(queue_put(q, &items[put]), 0);
            put++;
        }
        for (int i = 0; i < 2; i++) {
            cr_assert_eq(queue_get(q), &items[got], "not the oldest item");
            got++;
        }
        cr_assert_eq(queue_size(q), (size_t)(put - got));
    }
    cr_assert_eq(queue_put(q, NULL), 0);
    cr_assert_eq(queue_size(q), (size_t)(put - got), "a sentinel is no item");
    while (got < put) {
        cr_assert_eq(queue_get(q), &items[got], "not the oldest item");
        got++;
    }
    cr_assert_null(queue_get(q), "the sentinel was put last");
    cr_assert_eq(queue_size(q), 0);
    for (int i = 0; i < MANY; i++) {
        cr_assert_eq(queue_task_done(q), 0, "item %d was never marked", i);
    }
    cr_assert_eq(queue_task_done(q), EINVAL, "all are marked already");
    queue_join(q);
    queue_destroy(q);
}

/* Puts one item again and again, of which nobody looks at the inside. */
struct putter {
    struct queue *q;
    int failed; /* puts that did not return 0 */
};

static void *put_jobs(void *arg)
{
    struct putter *p = arg;

    for (int i = 0; i < JOBS; i++) {
        p->failed += queue_put(p->q, p) != 0;
    }
    return NULL;
}

Test(queue, a_full_queue_makes_putters_wait, .timeout = 20.0)
{
    const size_t maxsize = 2;
    struct queue *q = make(maxsize);
    struct putter putters[PUTTERS];
    pthread_t threads[PUTTERS];
    int got[PUTTERS] = {0};
    bool too_full = false;

    for (size_t i = 0; i < PUTTERS; i++) {
        putters[i] = (struct putter){q, 0};
        cr_assert_eq(pthread_create(&threads[i], NULL, put_jobs, &putters[i]),
                     0);
    }
    for (int i = 0; i < PUTTERS * JOBS; i++) {
        too_full = too_full || queue_size(q) > maxsize;
        got[queue_get(q) == &putters[1]]++;
    }
    join(threads, PUTTERS);
    cr_assert_not(too_full, "the queue held more than its maxsize");
    for (size_t i = 0; i < PUTTERS; i++) {
        cr_assert_eq(putters[i].failed, 0);
        cr_assert_eq(got[i], JOBS, "an item was lost, or came out twice");
    }
    cr_assert_eq(queue_size(q), 0);
    queue_destroy(q);
}

/* A thread that takes one item, and what it got. */
struct getter {
    struct queue *q;
    void *got;
};

static void *get_one(void *arg)
{
    struct getter *g = arg;

    g->got = queue_get(g->q);
    return NULL;
}

/* No sentinel comes that could wake a getter who was forgotten. */
Test(queue, each_item_wakes_a_getter, .timeout = 20.0)
{
    struct queue *q = make(0);
    struct getter getters[GETTERS];
    pthread_t threads[GETTERS];
    int item = 0;

    for (size_t i = 0; i < GETTERS; i++) {
        getters[i] = (struct getter){q, NULL};
        cr_assert_eq(pthread_create(&threads[i], NULL, get_one, &getters[i]),
                     0);
    }
    for (size_t i = 0; i < GETTERS; i++) {
        cr_assert_eq(queue_put(q, &item), 0);
    }
    join(threads, GETTERS);
    for (size_t i = 0; i < GETTERS; i++) {
        cr_assert_eq(getters[i].got, &item);
    }
    queue_destroy(q);
}

Test(queue, join_waits_for_the_work_not_for_the_queue, .timeout = 20.0)
{
    struct queue *q = make(4);
    struct consumer like = {.q = q, .work = square};
    struct consumer consumers[CONSUMERS];
    pthread_t threads[CONSUMERS];
    int cells[JOBS];

    start_consumers(consumers, threads, CONSUMERS, &like);
    for (int round = 0; round < 2; round++) {
        put_cells(q, cells, JOBS);
        queue_join(q);
        assert_squares(cells, JOBS);
    }
    cr_assert_eq(queue_put(q, NULL), 0);
    join(threads, CONSUMERS);
    cr_assert_eq(worked_on(consumers, CONSUMERS), 2 * JOBS);
    queue_destroy(q);
}

/* `sentinels` sentinels for CONSUMERS consumers and one who comes too late. */
static void stop_consumers(size_t maxsize, int sentinels)
{
    struct queue *q = make(maxsize);
    struct consumer like = {.q = q, .work = square};
    struct consumer consumers[CONSUMERS];
    pthread_t threads[CONSUMERS];
    int cells[JOBS];

    start_consumers(consumers, threads, CONSUMERS, &like);
    put_cells(q, cells, JOBS);
    for (int i = 0; i < sentinels; i++) {
        cr_assert_eq(queue_put(q, NULL), 0);
    }
    queue_join(q);
    assert_squares(cells, JOBS);
    join(threads, CONSUMERS);
    cr_assert_eq(worked_on(consumers, CONSUMERS), JOBS);
    cr_assert_eq(queue_consume(q, square, NULL), 0);
    queue_join(q);
    cr_assert_eq(queue_size(q), 0);
    queue_destroy(q);
}

Test(queue, one_sentinel_stops_every_consumer, .timeout = 20.0)
{
    stop_consumers(0, 1);
}

Test(queue, a_sentinel_for_each_needs_no_room, .timeout = 20.0)
{
    stop_consumers(1, CONSUMERS);
}

struct joiner {
    struct queue *q;
    const int *cells;
    int squares; /* how many cells were done when queue_join returned */
};

static void *join_and_look(void *arg)
{
    struct joiner *j = arg;

    queue_join(j->q);
    for (int i = 0; i < JOBS; i++) {
        j->squares += j->cells[i] == (i + 1) * (i + 1);
    }
    return NULL;
}

Test(queue, everybody_who_joins_goes_on, .timeout = 20.0)
{
    struct queue *q = make(0);
    struct joiner joiners[JOINERS];
    pthread_t threads[JOINERS];
    int cells[JOBS];

    put_cells(q, cells, JOBS);
    cr_assert_eq(queue_put(q, NULL), 0);
    for (size_t i = 0; i < JOINERS; i++) {
        joiners[i] = (struct joiner){q, cells, 0};
        cr_assert_eq(
            pthread_create(&threads[i], NULL, join_and_look, &joiners[i]), 0);
    }
    cr_assert_eq(queue_consume(q, square, NULL), JOBS);
    queue_join(q);
    join(threads, JOINERS);
    for (size_t i = 0; i < JOINERS; i++) {
        cr_assert_eq(joiners[i].squares, JOBS);
    }
    queue_destroy(q);
}

/* A tree of work: whoever works on a number puts two that are one smaller. */
struct tree {
    struct queue *q;
    int numbers[4];       /* 0, 1, 2, 3; items point here */
    pthread_mutex_t lock; /* guards every field below */
    int worked_on;
    int failed; /* puts that did not return 0 */
};

static void branch(void *item, void *arg)
{
    const int *number = item;
    struct tree *tree = arg;
    int failed = 0;

    for (int i = 0; i < 2 && *number > 0; i++) {
        failed += queue_put(tree->q, &tree->numbers[*number - 1]) != 0;
    }
    pthread_mutex_lock(&tree->lock);
    tree->worked_on++;
    tree->failed += failed;
    pthread_mutex_unlock(&tree->lock);
}

Test(queue, work_may_put_more_work, .timeout = 20.0)
{
    struct tree tree = {.q = make(0), .numbers = {0, 1, 2, 3}};
    struct consumer like = {.q = tree.q, .work = branch, .arg = &tree};
    struct consumer consumers[2];
    pthread_t threads[2];
    int worked_on_when_joined = 0;

    cr_assert_eq(pthread_mutex_init(&tree.lock, NULL), 0);
    start_consumers(consumers, threads, 2, &like);
    cr_assert_eq(queue_put(tree.q, &tree.numbers[3]), 0);
    queue_join(tree.q);
    pthread_mutex_lock(&tree.lock);
    worked_on_when_joined = tree.worked_on;
    pthread_mutex_unlock(&tree.lock);
    cr_assert_eq(queue_put(tree.q, NULL), 0);
    join(threads, 2);
    cr_assert_eq(tree.failed, 0);
    cr_assert_eq(worked_on_when_joined, 8 + 4 + 2 + 1,
                 "joined when %d of 15 items were done", worked_on_when_joined);
    cr_assert_eq(worked_on(consumers, 2), 15);
    pthread_mutex_destroy(&tree.lock);
    queue_destroy(tree.q);
}

/* A queue may have some places in store, so more than one put may succeed. */
Test(queue, a_put_without_memory_leaves_nothing_behind, .timeout = 20.0)
{
    struct queue *q = make(0);
    int item = 0;
    int rc = 0;
    size_t put = 0;

    tl_fail_malloc(0);
    while (put < MANY && (rc = queue_put(q, &item)) == 0) {
        put++;
    }
    tl_fail_malloc(-1);
    cr_assert(rc == 0 || rc == ENOMEM);
    cr_assert_eq(queue_size(q), put);
    cr_assert_eq(queue_put(q, &item), 0);
    for (size_t i = 0; i < put + 1; i++) {
        cr_assert_eq(queue_get(q), &item);
        cr_assert_eq(queue_task_done(q), 0);
    }
    queue_join(q);
    queue_destroy(q);
}
