/* SPDX-License-Identifier: MIT */
/* Wrong: the callers are rescued with the lock of the trial held. The rescue
 * tells the hook that it wakes them, and the hook wants that lock. */
#include "booth.h"

#include <pthread.h>
#include <stddef.h>

struct trial {
    const struct booth_impl *impl; /* constant, as is booth */
    struct booth *booth;

    pthread_mutex_t lock; /* guards every field below */
    pthread_cond_t still; /* broadcast: running fell to 0 */
    pthread_cond_t gate;  /* broadcast: the gate was opened */
    bool open;            /* the gate; goes true once */
    int kept;             /* threads that stand at the gate */
    int running;          /* threads neither asleep, nor kept, nor over */
    int alive;            /* threads not over; running <= alive */
};

struct caller {
    bool (*calls)(const struct booth_impl *, struct booth *);
    struct trial *trial;
    pthread_t thread;
    bool result; /* what calls returned; after join */
};

/* Call with t->lock held. */
static void stop_running(struct trial *t)
{
    if (--t->running == 0) {
        pthread_cond_broadcast(&t->still);
    }
}

static void on_event(enum booth_event event, void *arg)
{
    struct trial *t = arg;

    pthread_mutex_lock(&t->lock);
    if (event == BOOTH_WAITS) {
        stop_running(t);
    } else if (event == BOOTH_WAKES) {
        t->running++;
    } else if (!t->open) {
        t->kept++;
        stop_running(t);
        while (!t->open) {
            pthread_cond_wait(&t->gate, &t->lock);
        }
    }
    pthread_mutex_unlock(&t->lock);
}

static void *caller_main(void *arg)
{
    struct caller *c = arg;

    c->result = c->calls(c->trial->impl, c->trial->booth);
    pthread_mutex_lock(&c->trial->lock);
    c->trial->alive--;
    stop_running(c->trial);
    pthread_mutex_unlock(&c->trial->lock);
    return NULL;
}

/* Call with t->lock held. */
static void wait_until_still(struct trial *t)
{
    while (t->running > 0) {
        pthread_cond_wait(&t->still, &t->lock);
    }
}

/* Start a caller, and return when it has got as far as it can. */
static void send(struct trial *t, struct caller *c)
{
    pthread_mutex_lock(&t->lock);
    t->alive++;
    t->running++;
    c->trial = t;
    pthread_create(&c->thread, NULL, caller_main, c);
    wait_until_still(t);
    pthread_mutex_unlock(&t->lock);
}

/* Open the gate. Returns true if every caller has come back. */
static bool let_go(struct trial *t)
{
    bool all;

    pthread_mutex_lock(&t->lock);
    t->open = true;
    t->running += t->kept; /* they run from now on, awake or not yet */
    t->kept = 0;
    pthread_cond_broadcast(&t->gate);
    wait_until_still(t);
    all = t->alive == 0;
    pthread_mutex_unlock(&t->lock);
    return all;
}

/* Let the callers meet. Returns how many had the result true, or -1 if one did
 * not come back by itself. All threads are over in any case. */
static int meet(struct trial *t, struct caller *callers, int count)
{
    int good = 0;
    bool back;

    for (int i = 0; i < count; i++) {
        send(t, &callers[i]);
    }
    back = let_go(t);
    if (!back) {
        pthread_mutex_lock(&t->lock);
        t->impl->rescue(t->booth);
        pthread_mutex_unlock(&t->lock);
    }
    for (int i = 0; i < count; i++) {
        pthread_join(callers[i].thread, NULL);
        good += callers[i].result;
    }
    return back ? good : -1;
}

static bool none_left(const struct booth_impl *impl, struct booth *b)
{
    return impl->left(b) == 0 && !impl->sell(b);
}

/* Callers meet in a new booth: `good` of them have to return true, and no seat
 * may be left. That is asked by a caller too, as it may hang like any call. */
static bool trial(const struct booth_impl *impl, int seats,
                  struct caller *callers, int count, int good)
{
    struct trial t = {.impl = impl, .booth = impl->open(seats)};
    struct caller last = {.calls = none_left};
    bool right;

    pthread_mutex_init(&t.lock, NULL);
    pthread_cond_init(&t.still, NULL);
    pthread_cond_init(&t.gate, NULL);
    impl->listen(t.booth, on_event, &t);
    right = meet(&t, callers, count) == good && meet(&t, &last, 1) == 1;
    impl->close(t.booth);
    pthread_cond_destroy(&t.gate);
    pthread_cond_destroy(&t.still);
    pthread_mutex_destroy(&t.lock);
    return right;
}

/* -- what callers do --------------------------------------------------------
 */

static bool sell(const struct booth_impl *impl, struct booth *b)
{
    return impl->sell(b);
}

static bool give_back_and_sell(const struct booth_impl *impl, struct booth *b)
{
    impl->give_back(b);
    return impl->sell(b);
}

/* Two seats: sold, sold, refused twice, one given back and sold again. */
static bool sell_in_turn(const struct booth_impl *impl, struct booth *b)
{
    bool right = impl->left(b) == 2 && impl->sell(b) && impl->left(b) == 1 &&
                 impl->sell(b) && !impl->sell(b) && !impl->sell(b);

    if (right) {
        impl->give_back(b);
        right = impl->left(b) == 1 && impl->sell(b);
    }
    return right;
}

bool booth_check(const struct booth_impl *impl)
{
    struct caller alone = {.calls = sell_in_turn};
    struct caller for_one_seat[] = {{.calls = sell}, {.calls = sell}};
    struct caller one_back[] = {{.calls = sell}, {.calls = give_back_and_sell}};

    return trial(impl, 2, &alone, 1, 1) && trial(impl, 1, for_one_seat, 2, 1) &&
           trial(impl, 1, one_back, 2, 2);
}
