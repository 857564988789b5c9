/* SPDX-License-Identifier: MIT */
/* test_check.c - booths, right ones and wrong ones, and what booth_check says
 * of them.
 *
 * A wrong booth is wrong in what it does, not in how it touches memory: each
 * look and each change happens under a lock. So no tool finds its fault; a test
 * has to. */
#include "booth.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>

struct booth {
    pthread_mutex_t lock; /* guards every field below; held for a moment only */
    pthread_cond_t turn;  /* signal: handed rose; broadcast: rescued */
    bool busy;            /* a call is inside, or on its way in */
    int waiting;          /* calls asleep in enter */
    int handed;           /* of those woken, how many have not noticed */
    bool rescued;
    int seats; /* on sale */
    int edits; /* times seats was changed */

    sem_t permits; /* for the booth that is a semaphore */

    booth_hook *hook; /* constant once threads are there */
    void *arg;
};

/* -- what they are made of --------------------------------------------------
 */

static struct booth *open_booth(int seats)
{
    struct booth *b = calloc(1, sizeof(*b));

    if (b != NULL) {
        pthread_mutex_init(&b->lock, NULL);
        pthread_cond_init(&b->turn, NULL);
        sem_init(&b->permits, 0, (unsigned)seats);
        b->seats = seats;
    }
    return b;
}

static void close_booth(struct booth *b)
{
    sem_destroy(&b->permits);
    pthread_cond_destroy(&b->turn);
    pthread_mutex_destroy(&b->lock);
    free(b);
}

static void listen_booth(struct booth *b, booth_hook *hook, void *arg)
{
    b->hook = hook;
    b->arg = arg;
}

static void tell(struct booth *b, enum booth_event event)
{
    if (b->hook != NULL) {
        b->hook(event, b->arg);
    }
}

/* A lock that tells who waits for it: enter and leave. Who leaves hands it to
 * one that waits, so that nobody is told to wake who then sleeps again. */
static void enter(struct booth *b)
{
    pthread_mutex_lock(&b->lock);
    if (b->busy && !b->rescued) {
        b->waiting++;
        tell(b, BOOTH_WAITS);
        while (b->handed == 0 && !b->rescued) {
            pthread_cond_wait(&b->turn, &b->lock);
        }
        b->handed -= b->handed > 0;
    }
    b->busy = true;
    pthread_mutex_unlock(&b->lock);
}

static void leave(struct booth *b)
{
    pthread_mutex_lock(&b->lock);
    if (b->waiting > 0) {
        b->waiting--;
        b->handed++;
        tell(b, BOOTH_WAKES);
        pthread_cond_signal(&b->turn);
    } else {
        b->busy = false;
    }
    pthread_mutex_unlock(&b->lock);
}

static void rescue_booth(struct booth *b)
{
    pthread_mutex_lock(&b->lock);
    b->rescued = true;
    for (; b->waiting > 0; b->waiting--) {
        tell(b, BOOTH_WAKES);
    }
    pthread_cond_broadcast(&b->turn);
    pthread_mutex_unlock(&b->lock);
}

static int look(struct booth *b)
{
    int seats;

    pthread_mutex_lock(&b->lock);
    seats = b->seats;
    pthread_mutex_unlock(&b->lock);
    return seats;
}

static void set(struct booth *b, int seats)
{
    pthread_mutex_lock(&b->lock);
    b->seats = seats;
    b->edits++;
    pthread_mutex_unlock(&b->lock);
}

static void add(struct booth *b, int seats)
{
    pthread_mutex_lock(&b->lock);
    b->seats += seats;
    b->edits++;
    pthread_mutex_unlock(&b->lock);
}

/* -- right ones --------------------------------------------------------------
 */

static bool one_call_at_a_time_sell(struct booth *b)
{
    bool any;

    enter(b);
    any = look(b) > 0;
    if (any) {
        tell(b, BOOTH_MIDDLE);
        add(b, -1);
    }
    leave(b);
    return any;
}

static void one_call_at_a_time_give_back(struct booth *b)
{
    enter(b);
    add(b, 1);
    leave(b);
}

static int one_call_at_a_time_left(struct booth *b)
{
    int seats;

    enter(b);
    seats = look(b);
    leave(b);
    return seats;
}

/* Nobody waits: whoever finds that somebody was faster looks again. */
static bool looks_again_sell(struct booth *b)
{
    for (;;) {
        int seats, edits;
        bool mine;

        pthread_mutex_lock(&b->lock);
        seats = b->seats;
        edits = b->edits;
        pthread_mutex_unlock(&b->lock);
        if (seats == 0) {
            return false;
        }
        tell(b, BOOTH_MIDDLE);
        pthread_mutex_lock(&b->lock);
        mine = b->edits == edits;
        b->seats -= mine;
        b->edits += mine;
        pthread_mutex_unlock(&b->lock);
        if (mine) {
            return true;
        }
    }
}

static void looks_again_give_back(struct booth *b)
{
    add(b, 1);
}

static bool semaphore_sell(struct booth *b)
{
    int seats;

    sem_getvalue(&b->permits, &seats);
    if (seats == 0) {
        return false;
    }
    tell(b, BOOTH_MIDDLE);
    return sem_trywait(&b->permits) == 0;
}

static void semaphore_give_back(struct booth *b)
{
    sem_post(&b->permits);
}

static int semaphore_left(struct booth *b)
{
    int seats;

    sem_getvalue(&b->permits, &seats);
    return seats;
}

/* -- wrong ones --------------------------------------------------------------
 */

/* Looks, then takes without looking again. */
static bool sells_twice_sell(struct booth *b)
{
    if (look(b) == 0) {
        return false;
    }
    tell(b, BOOTH_MIDDLE);
    add(b, -1);
    return true;
}

/* One sale at a time, but what is given back meanwhile is written over. */
static bool loses_a_return_sell(struct booth *b)
{
    int seats;

    enter(b);
    seats = look(b);
    if (seats > 0) {
        tell(b, BOOTH_MIDDLE);
        set(b, seats - 1);
    }
    leave(b);
    return seats > 0;
}

/* Sends people away when somebody else is being served. */
static bool refuses_when_busy_sell(struct booth *b)
{
    bool sold = false, busy;

    pthread_mutex_lock(&b->lock);
    busy = b->busy;
    b->busy = true;
    pthread_mutex_unlock(&b->lock);
    if (busy) {
        return false;
    }
    if (look(b) > 0) {
        tell(b, BOOTH_MIDDLE);
        add(b, -1);
        sold = true;
    }
    pthread_mutex_lock(&b->lock);
    b->busy = false;
    pthread_mutex_unlock(&b->lock);
    return sold;
}

/* "Sold out" is a way out that forgets the lock. */
static bool stays_locked_sell(struct booth *b)
{
    enter(b);
    if (look(b) == 0) {
        return false;
    }
    tell(b, BOOTH_MIDDLE);
    add(b, -1);
    leave(b);
    return true;
}

/* A refusal takes a seat, too. */
static bool counts_refusals_sell(struct booth *b)
{
    bool any;

    enter(b);
    any = look(b) > 0;
    if (any) {
        tell(b, BOOTH_MIDDLE);
    }
    add(b, -1);
    leave(b);
    return any;
}

/* The last seat stays unsold. */
static bool keeps_one_sell(struct booth *b)
{
    bool any;

    enter(b);
    any = look(b) > 1;
    if (any) {
        tell(b, BOOTH_MIDDLE);
        add(b, -1);
    }
    leave(b);
    return any;
}

/* A give_back that finds the booth busy is dropped. */
static void drops_a_return_give_back(struct booth *b)
{
    pthread_mutex_lock(&b->lock);
    if (!b->busy) {
        b->seats++;
    }
    pthread_mutex_unlock(&b->lock);
}

#define BOOTH(SELL, GIVE_BACK, LEFT)                                         \
    {                                                                        \
        .name = #SELL, .open = open_booth, .sell = SELL##_sell,              \
        .give_back = GIVE_BACK##_give_back, .left = LEFT##_left,             \
        .listen = listen_booth, .rescue = rescue_booth, .close = close_booth \
    }

static int looks_again_left(struct booth *b)
{
    return look(b);
}

static const struct booth_impl one_call_at_a_time =
    BOOTH(one_call_at_a_time, one_call_at_a_time, one_call_at_a_time);
static const struct booth_impl looks_again =
    BOOTH(looks_again, looks_again, looks_again);
static const struct booth_impl semaphore =
    BOOTH(semaphore, semaphore, semaphore);
static const struct booth_impl sells_twice =
    BOOTH(sells_twice, looks_again, looks_again);
static const struct booth_impl loses_a_return =
    BOOTH(loses_a_return, looks_again, looks_again);
static const struct booth_impl drops_a_return =
    BOOTH(one_call_at_a_time, drops_a_return, one_call_at_a_time);
static const struct booth_impl refuses_when_busy =
    BOOTH(refuses_when_busy, looks_again, looks_again);
static const struct booth_impl stays_locked =
    BOOTH(stays_locked, one_call_at_a_time, one_call_at_a_time);
static const struct booth_impl counts_refusals =
    BOOTH(counts_refusals, one_call_at_a_time, one_call_at_a_time);
static const struct booth_impl keeps_one =
    BOOTH(keeps_one, one_call_at_a_time, one_call_at_a_time);

/* -- cases -------------------------------------------------------------------
 */

Test(check, a_booth_with_one_call_at_a_time_is_right, .timeout = 20.0)
{
    cr_assert(booth_check(&one_call_at_a_time),
              "a right booth, in which a call waits while another is inside, "
              "was called wrong");
}

Test(check, booths_in_which_nobody_waits_are_right, .timeout = 20.0)
{
    cr_assert(booth_check(&looks_again),
              "a right booth, in which nobody waits and a sale looks again "
              "when it comes second, was called wrong");
    cr_assert(booth_check(&semaphore),
              "a right booth, made of a semaphore, was called wrong");
}

Test(check, the_last_seat_sold_twice_is_found, .timeout = 20.0)
{
    cr_assert_not(booth_check(&sells_twice),
                  "this booth sells the last seat to two callers who both "
                  "looked before either took it, and was called right");
}

Test(check, a_seat_given_back_and_lost_is_found, .timeout = 20.0)
{
    cr_assert_not(booth_check(&loses_a_return),
                  "this booth forgets a seat that is given back in the middle "
                  "of a sale, and was called right");
    cr_assert_not(booth_check(&drops_a_return),
                  "this booth forgets a seat that is given back while it is "
                  "busy, and was called right");
}

Test(check, a_refusal_while_seats_are_left_is_found, .timeout = 20.0)
{
    cr_assert_not(booth_check(&refuses_when_busy),
                  "this booth refuses a sale because another is going on, and "
                  "was called right");
}

Test(check, a_call_that_never_returns_is_found, .timeout = 20.0)
{
    cr_assert_not(booth_check(&stays_locked),
                  "in this booth every call hangs after one was told that all "
                  "is sold, and it was called right");
}

Test(check, faults_without_any_other_thread_are_found, .timeout = 20.0)
{
    cr_assert_not(booth_check(&counts_refusals),
                  "this booth takes a seat away for every refusal, and was "
                  "called right");
    cr_assert_not(booth_check(&keeps_one),
                  "this booth never sells its last seat, and was called right");
}

struct examiner {
    pthread_t thread;
    const struct booth_impl *impl;
    bool verdict;
};

static void *examine(void *arg)
{
    struct examiner *e = arg;

    e->verdict = booth_check(e->impl);
    return NULL;
}

Test(check, two_checks_go_on_side_by_side, .timeout = 20.0)
{
    struct examiner right = {.impl = &looks_again};
    struct examiner wrong = {.impl = &sells_twice};

    cr_assert_eq(pthread_create(&right.thread, NULL, examine, &right), 0);
    cr_assert_eq(pthread_create(&wrong.thread, NULL, examine, &wrong), 0);
    cr_assert_eq(pthread_join(right.thread, NULL), 0);
    cr_assert_eq(pthread_join(wrong.thread, NULL), 0);
    cr_assert(right.verdict, "a right booth was called wrong while another "
                             "check went on");
    cr_assert_not(wrong.verdict, "a wrong booth was called right while another "
                                 "check went on");
}
