/* SPDX-License-Identifier: MIT */
/* test_snapshot.c - what snapshot.h promises, whoever lets go last.
 *
 * An obituary counts how often a snapshot was finalized. The one that is
 * counted without a lock tells whether all that was done with a snapshot comes
 * before its end. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "snapshot.h"

enum { THREADS = 2, ROUNDS = 4 };

struct obituary {
    pthread_mutex_t lock; /* guards times and by */
    int times;            /* how often finalize was called */
    pthread_t by;         /* by whom last */
};

static void obituary_init(struct obituary *o)
{
    cr_assert_eq(pthread_mutex_init(&o->lock, NULL), 0);
    o->times = 0;
}

static void write_obituary(void *arg)
{
    struct obituary *o = arg;

    pthread_mutex_lock(&o->lock);
    o->times++;
    o->by = pthread_self();
    pthread_mutex_unlock(&o->lock);
}

static int times(struct obituary *o)
{
    int n;

    pthread_mutex_lock(&o->lock);
    n = o->times;
    pthread_mutex_unlock(&o->lock);
    return n;
}

static void obituary_destroy(struct obituary *o)
{
    pthread_mutex_destroy(&o->lock);
}

static struct snapshot *make(const char *text, struct obituary *o)
{
    struct snapshot *s = snapshot_create(text, write_obituary, o);

    cr_assert_not_null(s, "snapshot_create returned NULL");
    return s;
}

static struct shelf *make_shelf(void)
{
    struct shelf *shelf = shelf_create();

    cr_assert_not_null(shelf, "shelf_create returned NULL");
    return shelf;
}

Test(snapshot, the_last_release_ends_it, .timeout = 20.0)
{
    struct obituary o;
    char text[] = "as it was";
    struct snapshot *s;

    obituary_init(&o);
    s = make(text, &o);
    strcpy(text, "changed!!");
    cr_assert_str_eq(snapshot_text(s), "as it was", "the text is a copy");
    cr_assert_eq(snapshot_acquire(s), s);
    snapshot_release(s);
    cr_assert_eq(times(&o), 0, "ended with a reference left");
    cr_assert_str_eq(snapshot_text(s), "as it was");
    snapshot_release(s);
    cr_assert_eq(times(&o), 1, "finalized %d times", times(&o));
    cr_assert(pthread_equal(o.by, pthread_self()));
    snapshot_release(NULL);

    s = snapshot_create("nobody cares", NULL, NULL);
    cr_assert_not_null(s);
    snapshot_release(s);
    obituary_destroy(&o);
}

Test(snapshot, a_shelf_holds_one_reference, .timeout = 20.0)
{
    struct obituary o;
    struct shelf *shelf = make_shelf();
    struct snapshot *mine;

    obituary_init(&o);
    cr_assert_null(shelf_get(shelf), "a new shelf is empty");
    shelf_put(shelf, make("first", &o));
    mine = shelf_get(shelf);
    cr_assert_not_null(mine);
    shelf_put(shelf, make("second", &o));
    cr_assert_eq(times(&o), 0, "ended, yet I have a reference");
    cr_assert_str_eq(snapshot_text(mine), "first");
    snapshot_release(mine);
    cr_assert_eq(times(&o), 1);
    shelf_put(shelf, NULL);
    cr_assert_eq(times(&o), 2, "the shelf kept its reference");
    cr_assert_null(shelf_get(shelf));
    shelf_put(shelf, make("third", &o));
    mine = shelf_get(shelf);
    shelf_destroy(shelf);
    cr_assert_eq(times(&o), 2, "ended, yet I have a reference");
    cr_assert_str_eq(snapshot_text(mine), "third");
    snapshot_release(mine);
    cr_assert_eq(times(&o), 3);
    obituary_destroy(&o);
}

Test(snapshot, what_is_there_may_be_put_there_again, .timeout = 20.0)
{
    struct obituary o;
    struct shelf *shelf = make_shelf();

    obituary_init(&o);
    shelf_put(shelf, make("the same", &o));
    shelf_put(shelf, shelf_get(shelf));
    cr_assert_eq(times(&o), 0, "ended, yet the shelf has a reference");
    shelf_destroy(shelf);
    cr_assert_eq(times(&o), 1,
                 "two references were given to the shelf, which is gone, and "
                 "it was finalized %d times",
                 times(&o));
    obituary_destroy(&o);
}

/* A thread that has a reference, and gives it back when it has read. */
struct reader {
    pthread_t thread;
    struct snapshot *s;
    bool as_expected;
};

static void *read_and_release(void *arg)
{
    struct reader *r = arg;
    struct snapshot *again = snapshot_acquire(r->s);

    snapshot_release(r->s);
    r->as_expected = strcmp(snapshot_text(again), "shared") == 0;
    snapshot_release(again);
    return NULL;
}

Test(snapshot, it_ends_once_whoever_is_last, .timeout = 20.0)
{
    struct obituary o;
    struct snapshot *s;
    struct reader readers[THREADS];

    obituary_init(&o);
    s = make("shared", &o);
    for (int i = 0; i < THREADS; i++) {
        readers[i].s = snapshot_acquire(s);
        cr_assert_eq(pthread_create(&readers[i].thread, NULL, read_and_release,
                                    &readers[i]),
                     0);
    }
    snapshot_release(s);
    for (int i = 0; i < THREADS; i++) {
        cr_assert_eq(pthread_join(readers[i].thread, NULL), 0);
    }
    cr_assert_eq(times(&o), 1, "finalized %d times", times(&o));
    for (int i = 0; i < THREADS; i++) {
        cr_assert(readers[i].as_expected, "the text was another");
    }
    obituary_destroy(&o);
}

/* Notes that have no lock: each thread writes its own while it has a
 * reference, and finalize reads them all. */
struct notes {
    pthread_mutex_t lock; /* guards times */
    int times;
    int written[THREADS + 1];
    int sum; /* what finalize made of them */
};

static void add_up_notes(void *arg)
{
    struct notes *n = arg;

    n->sum = 0;
    for (int i = 0; i <= THREADS; i++) {
        n->sum += n->written[i];
    }
    pthread_mutex_lock(&n->lock);
    n->times++;
    pthread_mutex_unlock(&n->lock);
}

struct writer {
    pthread_t thread;
    struct snapshot *s;
    int *note;
};

static void *write_and_release(void *arg)
{
    struct writer *w = arg;

    *w->note = 1;
    snapshot_release(w->s);
    return NULL;
}

Test(snapshot, its_end_comes_after_all_that_was_done, .timeout = 20.0)
{
    struct notes n = {.times = 0};
    struct writer writers[THREADS];
    struct snapshot *s;

    cr_assert_eq(pthread_mutex_init(&n.lock, NULL), 0);
    s = snapshot_create("", add_up_notes, &n);
    cr_assert_not_null(s);
    for (int i = 0; i < THREADS; i++) {
        writers[i].s = snapshot_acquire(s);
        writers[i].note = &n.written[i];
        cr_assert_eq(pthread_create(&writers[i].thread, NULL, write_and_release,
                                    &writers[i]),
                     0);
    }
    n.written[THREADS] = 1;
    snapshot_release(s);
    for (int i = 0; i < THREADS; i++) {
        cr_assert_eq(pthread_join(writers[i].thread, NULL), 0);
    }
    cr_assert_eq(n.times, 1, "finalized %d times", n.times);
    cr_assert_eq(n.sum, THREADS + 1, "the end came before somebody was done");
    pthread_mutex_destroy(&n.lock);
}

/* Readers of a shelf, while what is on it changes. */
struct customer {
    pthread_t thread;
    struct shelf *shelf;
    int strange; /* texts that nobody put there */
};

static void *get_and_read(void *arg)
{
    struct customer *c = arg;

    for (int i = 0; i < ROUNDS; i++) {
        struct snapshot *s = shelf_get(c->shelf);
        const char *text = s != NULL ? snapshot_text(s) : "old";

        c->strange += strcmp(text, "old") != 0 && strcmp(text, "new") != 0;
        snapshot_release(s);
    }
    return NULL;
}

Test(snapshot, what_one_has_got_stays_good, .timeout = 20.0)
{
    struct obituary o;
    struct shelf *shelf = make_shelf();
    struct customer customers[THREADS];

    obituary_init(&o);
    shelf_put(shelf, make("old", &o));
    for (int i = 0; i < THREADS; i++) {
        customers[i] = (struct customer){.shelf = shelf};
        cr_assert_eq(pthread_create(&customers[i].thread, NULL, get_and_read,
                                    &customers[i]),
                     0);
    }
    for (int i = 0; i < ROUNDS; i++) {
        shelf_put(shelf, make("new", &o));
    }
    for (int i = 0; i < THREADS; i++) {
        cr_assert_eq(pthread_join(customers[i].thread, NULL), 0);
        cr_assert_eq(customers[i].strange, 0, "the text of nobody");
    }
    cr_assert_eq(times(&o), ROUNDS, "%d have ended", times(&o));
    shelf_destroy(shelf);
    cr_assert_eq(times(&o), ROUNDS + 1, "%d have ended", times(&o));
    obituary_destroy(&o);
}

/* Two threads put at the same time: each takes away what the other has put, or
 * what was there, and nothing twice. */
struct supplier {
    pthread_t thread;
    struct shelf *shelf;
    struct obituary *o;
    bool failed;
};

static void *supply(void *arg)
{
    struct supplier *p = arg;

    for (int i = 0; i < ROUNDS; i++) {
        struct snapshot *s = snapshot_create("new", write_obituary, p->o);

        p->failed = p->failed || s == NULL;
        shelf_put(p->shelf, s);
    }
    return NULL;
}

Test(snapshot, two_may_put_at_the_same_time, .timeout = 20.0)
{
    struct obituary o;
    struct shelf *shelf = make_shelf();
    struct supplier suppliers[THREADS];

    obituary_init(&o);
    for (int i = 0; i < THREADS; i++) {
        suppliers[i] = (struct supplier){.shelf = shelf, .o = &o};
        cr_assert_eq(
            pthread_create(&suppliers[i].thread, NULL, supply, &suppliers[i]),
            0);
    }
    for (int i = 0; i < THREADS; i++) {
        cr_assert_eq(pthread_join(suppliers[i].thread, NULL), 0);
        cr_assert_not(suppliers[i].failed, "snapshot_create returned NULL");
    }
    cr_assert_eq(times(&o), THREADS * ROUNDS - 1, "%d have ended", times(&o));
    shelf_destroy(shelf);
    cr_assert_eq(times(&o), THREADS * ROUNDS, "%d have ended", times(&o));
    obituary_destroy(&o);
}

/* A finalizer that puts an heir in the place of the dead. */
struct testament {
    struct shelf *shelf;
    struct snapshot *heir;
};

static void put_the_heir(void *arg)
{
    struct testament *t = arg;

    shelf_put(t->shelf, t->heir);
}

Test(snapshot, finalize_may_use_the_shelf, .timeout = 20.0)
{
    struct obituary o;
    struct testament t = {.shelf = make_shelf()};
    struct snapshot *s;

    obituary_init(&o);
    t.heir = make("heir", &o);
    s = snapshot_create("mortal", put_the_heir, &t);
    cr_assert_not_null(s);
    shelf_put(t.shelf, s);
    shelf_put(t.shelf, NULL);
    s = shelf_get(t.shelf);
    cr_assert_not_null(s, "finalize put one there");
    cr_assert_str_eq(snapshot_text(s), "heir");
    snapshot_release(s);
    shelf_destroy(t.shelf);
    cr_assert_eq(times(&o), 1);
    obituary_destroy(&o);
}
