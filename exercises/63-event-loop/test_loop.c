/* SPDX-License-Identifier: MIT */
/* test_loop.c - what loop.h promises, tried by calls that write a diary.
 *
 * Calls are made by one thread, so most of what they write is not locked: the
 * loop promises that they need none. The test's own thread runs the loop. */
#include "loop.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int open_descriptors(void)
{
    int count = 0;

    for (int fd = 0; fd < 128; fd++) {
        count += fcntl(fd, F_GETFD) >= 0;
    }
    return count;
}

static uint64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* What the calls of a test wrote down, a letter each. */
enum { PAGE = 64 };

struct diary {
    struct loop *loop;
    pthread_t owner; /* the thread that runs the loop */
    char page[PAGE];
    size_t length;
    int strangers; /* calls that were made in another thread */
    int errors;    /* of the functions that calls called */
    int countdown; /* calls until note_and_count stops the loop */
};

/* A call that writes one letter. */
struct note {
    struct diary *diary;
    char letter;
};

static void note(void *arg)
{
    struct note *n = arg;
    struct diary *d = n->diary;

    d->strangers += !pthread_equal(d->owner, pthread_self());
    if (d->length < PAGE - 1) {
        d->page[d->length++] = n->letter;
    }
}

static void note_and_stop(void *arg)
{
    struct note *n = arg;

    note(arg);
    loop_stop(n->diary->loop);
}

/* The last one of so many stops the loop. */
static void note_and_count(void *arg)
{
    struct note *n = arg;

    note(arg);
    n->diary->countdown--;
    if (n->diary->countdown == 0) {
        loop_stop(n->diary->loop);
    }
}

/* Asks for itself again, in the way that is for other threads; then stops. */
static void note_twice(void *arg)
{
    struct note *n = arg;
    struct diary *d = n->diary;

    note(arg);
    if (d->length > 0 &&
        strchr(d->page, n->letter) == &d->page[d->length - 1]) {
        d->errors += loop_call_soon_threadsafe(d->loop, note_twice, arg) != 0;
    } else {
        loop_stop(d->loop);
    }
}

static struct diary diary_of(struct loop *l)
{
    return (struct diary){.loop = l, .owner = pthread_self()};
}

Test(loop, calls_are_made_in_order_until_the_stop, .timeout = 20.0)
{
    int before = open_descriptors();
    struct loop *l = loop_create();
    struct diary d = diary_of(l);
    struct note a = {&d, 'a'};
    struct note b = {&d, 'b'};
    struct note c = {&d, 'c'};
    int left_over = 0;

    cr_assert_not_null(l);
    d.errors += loop_call_soon(l, note, &a) != 0;
    d.errors += loop_call_soon(l, note, &b) != 0;
    d.errors += loop_call_soon(l, note_twice, &c) != 0;
    loop_run(l);
    cr_assert_str_eq(d.page, "abcc", "called in the order \"%s\"", d.page);
    loop_stop(l); /* nobody runs it: this is for the next run */
    loop_run(l);
    d.errors += loop_call_soon(l, note_and_stop, &b) != 0;
    loop_run(l);
    cr_assert_str_eq(d.page, "abccb", "called in the order \"%s\"", d.page);
    cr_assert_eq(d.errors, 0);
    cr_assert_eq(d.strangers, 0);

    /* Whatever is not called is gone with the loop. */
    d.errors += loop_call_soon(l, note, &a) != 0;
    d.errors += loop_call_soon_threadsafe(l, note, &a) != 0;
    d.errors += loop_call_later(l, 5, note, &a) != 0;
    loop_close(l);
    left_over = open_descriptors() - before;
    cr_assert_eq(d.errors, 0);
    cr_assert_eq(d.length, 5, "a call was made by loop_close");
    cr_assert_eq(left_over, 0, "descriptors left open: %d", left_over);
}

Test(loop, what_a_stop_leaves_is_made_by_the_next_run, .timeout = 20.0)
{
    struct loop *l = loop_create();
    struct diary d = diary_of(l);
    struct note a = {&d, 'a'};
    struct note b = {&d, 'b'};
    struct note c = {&d, 'c'};

    cr_assert_not_null(l);
    d.errors += loop_call_soon(l, note_and_stop, &a) != 0;
    d.errors += loop_call_soon(l, note, &b) != 0;
    loop_run(l);
    d.errors += loop_call_soon(l, note_and_stop, &c) != 0;
    loop_run(l);
    loop_close(l);
    cr_assert_eq(d.errors, 0);
    cr_assert_str_eq(d.page, "abc",
                     "\"abc\" in two runs, but \"%s\" was called", d.page);
}

Test(loop, a_stopped_run_leaves_what_others_asked_for, .timeout = 20.0)
{
    struct loop *l = loop_create();
    struct diary d = diary_of(l);
    struct note a = {&d, 'a'};

    cr_assert_not_null(l);
    loop_stop(l);
    d.errors += loop_call_soon_threadsafe(l, note_and_stop, &a) != 0;
    loop_run(l);
    if (d.length == 0) { /* the run that was stopped may have made it */
        loop_run(l);
    }
    loop_close(l);
    cr_assert_eq(d.errors, 0);
    cr_assert_str_eq(d.page, "a", "asked for once, called as \"%s\"", d.page);
}

/* A thread that asks for calls, its own letter each time. */
enum { ASKED = 3 };

struct caller {
    pthread_t thread;
    struct loop *loop;
    struct note notes[ASKED];
    int errors;
};

static void *ask_for_calls(void *arg)
{
    struct caller *c = arg;

    for (int i = 0; i < ASKED; i++) {
        c->errors += loop_call_soon_threadsafe(c->loop, note_and_count,
                                               &c->notes[i]) != 0;
    }
    return NULL;
}

Test(loop, other_threads_ask_for_calls, .timeout = 20.0)
{
    struct loop *l = loop_create();
    struct diary d = diary_of(l);
    struct caller callers[2];
    const char *letters[2] = {"abc", "xyz"};

    cr_assert_not_null(l);
    d.countdown = 2 * ASKED;
    for (int i = 0; i < 2; i++) {
        callers[i] = (struct caller){.loop = l};
        for (int k = 0; k < ASKED; k++) {
            callers[i].notes[k] = (struct note){&d, letters[i][k]};
        }
        cr_assert_eq(pthread_create(&callers[i].thread, NULL, ask_for_calls,
                                    &callers[i]),
                     0);
    }
    loop_run(l);
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(pthread_join(callers[i].thread, NULL), 0);
    }
    loop_close(l);
    cr_assert_eq(callers[0].errors + callers[1].errors, 0);
    cr_assert_eq(d.strangers, 0, "%d calls in another thread", d.strangers);
    cr_assert_eq(d.length, 2 * ASKED, "%zu calls, %d were asked for", d.length,
                 2 * ASKED);
    for (int i = 0; i < 2; i++) {
        size_t next = 0;

        for (size_t k = 0; k < d.length; k++) {
            next += next < ASKED && d.page[k] == letters[i][next];
        }
        cr_assert_eq(next, ASKED, "\"%s\": not in the order of \"%s\"", d.page,
                     letters[i]);
    }
}

/* A thread that asks for one call, waits until it was made, and asks for the
 * next; in the end it stops the loop, which has nothing to do by then. */
struct talk {
    struct loop *loop;
    pthread_mutex_t lock; /* guards heard */
    pthread_cond_t changed;
    int heard;
    int errors;
};

static void hear(void *arg)
{
    struct talk *t = arg;

    pthread_mutex_lock(&t->lock);
    t->heard++;
    pthread_cond_signal(&t->changed);
    pthread_mutex_unlock(&t->lock);
}

static void *talk(void *arg)
{
    struct talk *t = arg;

    for (int i = 1; i <= 3; i++) {
        t->errors += loop_call_soon_threadsafe(t->loop, hear, t) != 0;
        pthread_mutex_lock(&t->lock);
        while (t->heard < i && t->errors == 0) {
            pthread_cond_wait(&t->changed, &t->lock);
        }
        pthread_mutex_unlock(&t->lock);
    }
    loop_stop(t->loop);
    return NULL;
}

Test(loop, a_loop_that_sleeps_is_woken, .timeout = 20.0)
{
    struct talk t = {.loop = loop_create()};
    pthread_t thread;

    cr_assert_not_null(t.loop);
    pthread_mutex_init(&t.lock, NULL);
    pthread_cond_init(&t.changed, NULL);
    cr_assert_eq(pthread_create(&thread, NULL, talk, &t), 0);
    loop_run(t.loop);
    cr_assert_eq(pthread_join(thread, NULL), 0);
    loop_close(t.loop);
    pthread_cond_destroy(&t.changed);
    pthread_mutex_destroy(&t.lock);
    cr_assert_eq(t.errors, 0);
    cr_assert_eq(t.heard, 3, "%d of 3 calls were made", t.heard);
}

/* A call that is to be made later, and notes when it was. */
struct later {
    struct note note; /* comes first: note_and_count gets it as its argument */
    uint64_t made_ms;
};

static void note_time(void *arg)
{
    struct later *t = arg;

    t->made_ms = now_ms();
    note_and_count(&t->note);
}

Test(loop, later_is_not_earlier, .timeout = 20.0)
{
    static const unsigned delays_ms[] = {40, 10, 10, 20};
    struct loop *l = loop_create();
    struct diary d = diary_of(l);
    struct later calls[4];
    uint64_t begin_ms = now_ms();

    cr_assert_not_null(l);
    d.countdown = 4;
    for (int i = 0; i < 4; i++) {
        calls[i] = (struct later){.note = {&d, (char)('a' + i)}};
        d.errors += loop_call_later(l, delays_ms[i], note_time, &calls[i]) != 0;
    }
    loop_run(l);
    loop_close(l);
    cr_assert_eq(d.errors, 0);
    cr_assert_str_eq(d.page, "bcda", "called in the order \"%s\"", d.page);
    for (int i = 0; i < 4; i++) {
        uint64_t after_ms = calls[i].made_ms - begin_ms;

        /* One less: the clock is read in whole milliseconds here. */
        cr_assert_geq(after_ms + 1, delays_ms[i],
                      "asked for after %u ms, called after %lu", delays_ms[i],
                      (unsigned long)after_ms);
    }
}

/* Reads a byte from a pipe each time there is one, until the end. */
struct reader {
    struct note note; /* its diary is used only */
    int fd;
    int asked; /* calls made by keep_asking so far */
    bool over;
};

static void read_byte(void *arg)
{
    struct reader *r = arg;
    struct diary *d = r->note.diary;
    char byte = '\0';

    if (read(r->fd, &byte, 1) != 1) {
        r->over = true;
        loop_stop(d->loop);
        return;
    }
    r->note.letter = byte;
    note(&r->note);
    d->errors += loop_call_readable(d->loop, r->fd, read_byte, r) != 0;
}

static void keep_asking(void *arg)
{
    struct reader *r = arg;
    struct loop *l = r->note.diary->loop;

    r->asked++;
    if (!r->over && r->asked < 100) {
        r->note.diary->errors += loop_call_soon(l, keep_asking, r) != 0;
    } else if (!r->over) {
        loop_stop(l);
    }
}

static void *write_bytes(void *arg)
{
    int fd = *(int *)arg;

    for (const char *s = "hey"; *s != '\0'; s++) {
        if (write(fd, s, 1) != 1) {
            break;
        }
    }
    close(fd);
    return NULL;
}

Test(loop, a_descriptor_is_read_when_there_is_something, .timeout = 20.0)
{
    struct loop *l = loop_create();
    struct diary d = diary_of(l);
    struct reader r = {.note = {&d, '\0'}};
    pthread_t writer;
    int ends[2];
    int twice = 0;

    cr_assert_not_null(l);
    cr_assert_eq(pipe(ends), 0);
    r.fd = ends[0];
    cr_assert_eq(loop_call_readable(l, r.fd, read_byte, &r), 0);
    twice = loop_call_readable(l, r.fd, read_byte, &r);
    cr_assert_eq(pthread_create(&writer, NULL, write_bytes, &ends[1]), 0);
    loop_run(l);
    cr_assert_eq(pthread_join(writer, NULL), 0);
    cr_assert_eq(twice, EEXIST, "waited for already, but it returned %d",
                 twice);
    cr_assert_str_eq(d.page, "hey", "\"hey\" was written, \"%s\" read", d.page);
    cr_assert_eq(d.strangers, 0);

    /* Once more, with all of it there, and somebody who never stops asking. */
    r.over = false;
    d.length = 0;
    memset(d.page, 0, sizeof(d.page));
    close(ends[0]);
    cr_assert_eq(pipe(ends), 0);
    write_bytes(&ends[1]);
    r.fd = ends[0];
    d.errors += loop_call_soon(l, keep_asking, &r) != 0;
    d.errors += loop_call_readable(l, r.fd, read_byte, &r) != 0;
    loop_run(l);
    loop_close(l);
    close(ends[0]);
    cr_assert_eq(d.errors, 0);
    cr_assert(r.over,
              "there was something to read, but only who asked for "
              "the next round was called, %d times",
              r.asked);
    cr_assert_str_eq(d.page, "hey", "\"hey\" was written, \"%s\" read", d.page);
}

/* Works that wait for one another, and for a call of the loop. */
struct meeting {
    pthread_mutex_t lock; /* guards arrived */
    pthread_cond_t all_here;
    int arrived;
};

struct task {
    struct note note; /* comes first, see struct later */
    struct meeting *meeting;
    int answer;
    int seen; /* what done saw of the answer */
    int errors;
};

static void arrive(void *arg)
{
    struct meeting *m = arg;

    pthread_mutex_lock(&m->lock);
    m->arrived++;
    pthread_cond_broadcast(&m->all_here);
    pthread_mutex_unlock(&m->lock);
}

static void work(void *arg)
{
    struct task *t = arg;
    struct meeting *m = t->meeting;

    t->errors += loop_call_soon_threadsafe(t->note.diary->loop, arrive, m) != 0;
    arrive(m);
    pthread_mutex_lock(&m->lock);
    while (m->arrived < 4 && t->errors == 0) {
        pthread_cond_wait(&m->all_here, &m->lock);
    }
    pthread_mutex_unlock(&m->lock);
    t->answer = 42;
}

static void work_is_done(void *arg)
{
    struct task *t = arg;

    t->seen = t->answer;
    note_and_count(&t->note);
}

Test(loop, work_is_done_elsewhere_and_reported_here, .timeout = 20.0)
{
    int before = open_descriptors();
    struct loop *l = loop_create();
    struct diary d = diary_of(l);
    struct meeting m = {.arrived = 0};
    struct task tasks[2];
    int left_over = 0;

    cr_assert_not_null(l);
    pthread_mutex_init(&m.lock, NULL);
    pthread_cond_init(&m.all_here, NULL);
    d.countdown = 2;
    for (int i = 0; i < 2; i++) {
        tasks[i] = (struct task){.note = {&d, 'd'}, .meeting = &m};
        d.errors += loop_to_thread(l, work, work_is_done, &tasks[i]) != 0;
    }
    loop_run(l);
    loop_close(l);
    left_over = open_descriptors() - before;
    pthread_cond_destroy(&m.all_here);
    pthread_mutex_destroy(&m.lock);
    cr_assert_eq(d.errors + tasks[0].errors + tasks[1].errors, 0);
    cr_assert_eq(d.strangers, 0, "done was called outside the loop %d times",
                 d.strangers);
    cr_assert_str_eq(d.page, "dd", "two works, but done was called %zu times",
                     d.length);
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(tasks[i].seen, 42, "done came before the end of work");
    }
    cr_assert_eq(left_over, 0, "descriptors left open: %d", left_over);
}

/* A thread that says farewell at its very end, after work has returned. */
struct farewell {
    struct loop *loop;
    atomic_bool said; /* atomic, as it is for the assertion to tell */
    bool heard;       /* what done saw of it */
    int errors;
};

static pthread_key_t farewells;

static void say_farewell(void *arg)
{
    struct farewell *f = arg;

    atomic_store(&f->said, true);
}

static void work_and_leave(void *arg)
{
    struct farewell *f = arg;

    f->errors += pthread_setspecific(farewells, f) != 0;
}

static void hear_farewell(void *arg)
{
    struct farewell *f = arg;

    f->heard = atomic_load(&f->said);
    loop_stop(f->loop);
}

Test(loop, done_is_called_after_the_join, .timeout = 20.0)
{
    struct farewell f = {.loop = loop_create()};
    int rc = 0;

    cr_assert_not_null(f.loop);
    cr_assert_eq(pthread_key_create(&farewells, say_farewell), 0);
    rc = loop_to_thread(f.loop, work_and_leave, hear_farewell, &f);
    cr_assert_eq(rc, 0, "loop_to_thread returned %d", rc);
    loop_run(f.loop);
    loop_close(f.loop);
    pthread_key_delete(farewells);
    cr_assert_eq(f.errors, 0);
    cr_assert(f.heard, "done was called before the thread had ended");
}

/* Work that begins before the loop is closed, and asks for things until then.
 */
static void late_work(void *arg)
{
    struct task *t = arg;
    struct timespec pause = {0, 5000000};

    nanosleep(&pause, NULL);
    t->errors +=
        loop_call_soon_threadsafe(t->note.diary->loop, note, &t->note) != 0;
    loop_stop(t->note.diary->loop);
    t->answer = 42;
}

Test(loop, a_close_waits_for_work, .timeout = 20.0)
{
    struct loop *l = loop_create();
    struct diary d = diary_of(l);
    struct task t = {.note = {&d, 'd'}};

    cr_assert_not_null(l);
    d.errors += loop_to_thread(l, late_work, work_is_done, &t) != 0;
    loop_close(l);
    cr_assert_eq(d.errors + t.errors, 0);
    cr_assert_eq(t.answer, 42, "the work was still running after loop_close");
    cr_assert_eq(d.length, 0, "a call was made by loop_close");
}
