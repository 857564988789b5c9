/* SPDX-License-Identifier: MIT */
/* booth.h - a booth that sells the seats of one evening, in several
 * implementations; and the check that tells the right ones from the wrong.
 *
 * Exercise 67: write check.c, leave this file alone. What a right booth does is
 * said here, and so is what your check has to do. */
#ifndef BOOTH_H
#define BOOTH_H
#include <stdbool.h>

struct booth; /* opaque, another one in each implementation */

/* What a call in a booth tells the hook. */
enum booth_event {
    /* A sell has looked at the seats and has not yet taken one: the worst
     * moment for another call to come. Told in the thread of that sell, once
     * or several times; not if there was no seat. The hook may keep the thread
     * there as long as it likes. */
    BOOTH_MIDDLE,
    /* This call has to wait and falls asleep now. Told in its thread. */
    BOOTH_WAITS,
    /* A call that has told BOOTH_WAITS is woken now. Told in the thread that
     * wakes it, before it can go on. */
    BOOTH_WAKES
};

/* Called from inside a booth. It must not call functions of that booth, nor
 * lock a mutex that anybody holds while calling one. On BOOTH_WAITS and
 * BOOTH_WAKES it must return at once. */
typedef void booth_hook(enum booth_event event, void *arg);

/* One implementation. The comments say what a right one does. */
struct booth_impl {
    const char *name;

    /* Make a booth with `seats` on sale, 0 or more. Returns it, or NULL if
     * memory runs out. The caller owns it and ends it with close. */
    struct booth *(*open)(int seats);

    /* Sell a seat. Returns true, or false if none was on sale at some moment
     * of the call. May wait for other calls on this booth, for nothing else.
     * Threads: any, at any time. */
    bool (*sell)(struct booth *b);

    /* Put a seat back on sale; or one more, as nobody asks whether it was sold.
     * May wait for other calls on this booth, for nothing else.
     * Threads: any, at any time. */
    void (*give_back)(struct booth *b);

    /* Returns how many seats are on sale. May wait for other calls on this
     * booth, for nothing else. Threads: any, at any time. */
    int (*left)(struct booth *b);

    /* From now on tell events to hook(event, arg). At most once per booth,
     * before a second thread knows it. */
    void (*listen)(struct booth *b, booth_hook *hook, void *arg);

    /* For booths that hang: let every call that waits go on, and none wait
     * from now on. What calls return is worth nothing after that.
     * Threads: any, at any time, but not the hook. */
    void (*rescue)(struct booth *b);

    /* Free the booth. No thread may be inside, or later enter, a call. */
    void (*close)(struct booth *b);
};

/* YOURS. Find out whether `impl` is right. Returns true if its booths do what
 * is said above, false if not. A wrong one has one or more of these faults:
 *
 *   - a seat is sold that is not on sale, or sold twice;
 *   - a sale is refused though seats were on sale during all of it;
 *   - a sale, a refusal or a give_back is not counted, or counted twice;
 *   - a call waits, and no other call is going on that could wake it.
 *
 * The faults show with at most three seats and two calls at a time, and each
 * time: never by luck. You need not look for others.
 * Returns only when no thread it started is alive any more, every booth it
 * opened is closed, and no memory is lost; for wrong ones too. It may assume
 * that open and pthread_create succeed.
 * Threads: any number, at any time, for the same `impl` too. */
bool booth_check(const struct booth_impl *impl);
#endif
