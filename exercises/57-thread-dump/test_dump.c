/* SPDX-License-Identifier: MIT */
/* test_dump.c - what dump.h promises about threads that know what they do.
 *
 * Threads are parked in a function that notes its own return address. The
 * dump must have that address among the frames of that thread. */
#include "dump.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "threadlab.h"

enum { TEXT = 32768, PARKED = 2 };

/* A thread that is parked. It sleeps in the kernel until it gets a SIGHUP,
 * which all threads here have blocked. */
struct driver {
    pthread_t thread;
    struct park *park;
    const char *name;
    int enter_rc;
    int leave_rc;
    void *address; /* written before it says that it is here */
};

/* Where threads say that they are parked. */
struct park {
    pthread_mutex_t lock; /* guards here */
    pthread_cond_t moved;
    int here;
};

static void block(int number)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, number);
    cr_assert_eq(pthread_sigmask(SIG_BLOCK, &set, NULL), 0);
}

static void *wait_in(struct driver *d) __attribute__((noinline));

static void *wait_in(struct driver *d)
{
    struct park *p = d->park;
    sigset_t set;

    d->address = __builtin_return_address(0);
    sigemptyset(&set);
    sigaddset(&set, SIGHUP);
    pthread_mutex_lock(&p->lock);
    p->here++;
    pthread_cond_broadcast(&p->moved);
    pthread_mutex_unlock(&p->lock);
    while (sigwaitinfo(&set, NULL) != SIGHUP) { /* a dump interrupts us */
    }
    return d->address;
}

static void *drive(void *arg)
{
    struct driver *d = arg;
    void *address = NULL;

    d->enter_rc = dump_enter(d->name);
    address = wait_in(d);
    d->leave_rc = dump_leave();
    return address; /* used after the call, so that it is no tail call */
}

static struct park new_park(void)
{
    return (struct park){.lock = PTHREAD_MUTEX_INITIALIZER,
                         .moved = PTHREAD_COND_INITIALIZER};
}

static void park_all(struct park *p, struct driver drivers[], int n)
{
    static const char *const names[] = {"printer", "reader"};

    block(SIGHUP);
    for (int i = 0; i < n; i++) {
        drivers[i] = (struct driver){.park = p, .name = names[i]};
        cr_assert_eq(
            pthread_create(&drivers[i].thread, NULL, drive, &drivers[i]), 0);
    }
    pthread_mutex_lock(&p->lock);
    while (p->here < n) {
        pthread_cond_wait(&p->moved, &p->lock);
    }
    pthread_mutex_unlock(&p->lock);
}

static void let_go(struct driver drivers[], int n)
{
    for (int i = 0; i < n; i++) {
        cr_assert_eq(pthread_kill(drivers[i].thread, SIGHUP), 0);
        cr_assert_eq(pthread_join(drivers[i].thread, NULL), 0);
    }
}

/* A file that is read when the dump is over. */
static int new_file(void)
{
    int fd = memfd_create("dump", MFD_CLOEXEC);

    cr_assert_geq(fd, 0, "memfd_create");
    return fd;
}

static void read_all(int fd, char text[TEXT])
{
    ssize_t n = pread(fd, text, TEXT - 1, 0);

    cr_assert_geq(n, 0, "pread");
    text[n] = '\0';
}

/* The part of the dump that is about `name`, in a buffer of its own. */
static void part_of(const char *text, const char *name, char part[TEXT])
{
    char title[64];
    const char *begin = NULL;
    const char *end = NULL;

    snprintf(title, sizeof(title), "thread %s\n", name);
    begin = strstr(text, title);
    cr_assert_not_null(begin, "the dump has no line \"thread %s\"", name);
    begin += strlen(title);
    cr_assert_null(strstr(begin, title), "%s is in the dump twice", name);
    end = strstr(begin, "thread ");
    if (end == NULL) {
        end = strstr(begin, "end of dump\n");
    }
    cr_assert_not_null(end, "the dump has no end");
    memcpy(part, begin, (size_t)(end - begin));
    part[end - begin] = '\0';
}

static void check_driver(const char *text, const struct driver *d)
{
    static char part[TEXT];
    char address[32];

    part_of(text, d->name, part);
    snprintf(address, sizeof(address), "%p", d->address);
    cr_assert_not_null(strstr(part, address),
                       "the stack of %s is not that of a thread parked by "
                       "drive: %s is missing",
                       d->name, address);
    cr_assert_eq(d->enter_rc, 0);
    cr_assert_eq(d->leave_rc, 0);
}

Test(dump, it_shows_where_each_thread_is, .timeout = 20.0)
{
    static char text[TEXT];
    struct park p = new_park();
    struct driver drivers[PARKED];
    int fd = new_file();
    int rc = 0;

    park_all(&p, drivers, PARKED);
    rc = dump_all(fd);
    let_go(drivers, PARKED);
    cr_assert_eq(rc, 0);
    read_all(fd, text);
    for (int i = 0; i < PARKED; i++) {
        check_driver(text, &drivers[i]);
    }
    close(fd);
}

/* Two that make a dump each, into the same file. */
struct dumper {
    pthread_t thread;
    int fd;
    int rc;
};

static void *make_dump(void *arg)
{
    struct dumper *d = arg;

    d->rc = dump_all(d->fd);
    return NULL;
}

/* How many lines of `text` begin with `word`, up to `end` of it? */
static int count_lines(const char *text, const char *end, const char *word)
{
    int n = 0;

    for (const char *at = text; (at = strstr(at, word)) != NULL && at < end;
         at++) {
        n += at == text || at[-1] == '\n';
    }
    return n;
}

Test(dump, two_dumps_do_not_mix, .timeout = 20.0)
{
    static char text[TEXT];
    struct park p = new_park();
    struct driver drivers[PARKED];
    struct dumper dumpers[2];
    const char *from = text;
    int fd = new_file();

    park_all(&p, drivers, PARKED);
    for (int i = 0; i < 2; i++) {
        dumpers[i] = (struct dumper){.fd = fd};
        cr_assert_eq(
            pthread_create(&dumpers[i].thread, NULL, make_dump, &dumpers[i]),
            0);
    }
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(pthread_join(dumpers[i].thread, NULL), 0);
    }
    let_go(drivers, PARKED);
    read_all(fd, text);
    for (int i = 0; i < 2; i++) {
        const char *end = strstr(from, "end of dump\n");

        cr_assert_eq(dumpers[i].rc, 0);
        cr_assert_not_null(end, "%d dumps were made, not 2", i);
        cr_assert_eq(count_lines(from, end, "thread printer\n"), 1,
                     "a dump is mixed with another");
        cr_assert_eq(count_lines(from, end, "thread reader\n"), 1,
                     "a dump is mixed with another");
        from = end + strlen("end of dump\n");
    }
    close(fd);
}

/* One that is on the list for moments only. */
static void *come_and_go(void *arg)
{
    int *failed = arg;

    for (int i = 0; i < 2; i++) {
        *failed += dump_enter("passer-by") != 0;
        *failed += dump_leave() != 0;
    }
    return NULL;
}

Test(dump, threads_come_and_go_meanwhile, .timeout = 20.0)
{
    static char text[TEXT];
    pthread_t thread;
    int fd = new_file();
    int failed = 0;
    int rc = 0;

    cr_assert_eq(pthread_create(&thread, NULL, come_and_go, &failed), 0);
    rc += dump_all(fd) != 0;
    rc += dump_all(fd) != 0;
    cr_assert_eq(pthread_join(thread, NULL), 0);
    cr_assert_eq(rc, 0, "a dump failed");
    cr_assert_eq(failed, 0, "a dump was in the way of who came or went");
    read_all(fd, text);
    cr_assert_eq(count_lines(text, text + TEXT, "end of dump\n"), 2);
    close(fd);
}

/* Somebody who uses SIGUSR2, too. */
static void *send_strays(void *thread)
{
    for (int i = 0; i < 2; i++) {
        pthread_kill(*(pthread_t *)thread, SIGUSR2);
    }
    return NULL;
}

Test(dump, a_stray_signal_does_nothing, .timeout = 20.0)
{
    static char text[TEXT];
    struct park p = new_park();
    struct driver driver;
    pthread_t stranger;
    int fd = new_file();
    int last = new_file();
    int rc = 0;

    park_all(&p, &driver, 1);
    cr_assert_eq(pthread_create(&stranger, NULL, send_strays, &driver.thread),
                 0);
    rc += dump_all(fd) != 0;
    rc += dump_all(last) != 0;
    cr_assert_eq(pthread_join(stranger, NULL), 0);
    let_go(&driver, 1);
    cr_assert_eq(rc, 0, "a dump failed");
    read_all(fd, text);
    check_driver(text, &driver);
    read_all(last, text);
    check_driver(text, &driver);
    close(last);
    close(fd);
}

Test(dump, who_is_on_the_list_is_in_the_dump, .timeout = 20.0)
{
    static char text[TEXT];
    static char part[TEXT];
    char name[1024];
    struct park p = new_park();
    struct driver driver;
    int fd = new_file();

    park_all(&p, &driver, 1);
    let_go(&driver, 1);
    memset(name, 'x', sizeof(name));
    name[sizeof(name) - 1] = '\0';
    cr_assert_eq(dump_leave(), ENOENT, "left a list that it was not on");
    cr_assert_eq(dump_enter(name), 0);
    cr_assert_eq(dump_enter("again"), EEXIST, "one thread, twice on the list");
    name[0] = '?'; /* it is ours again */
    cr_assert_eq(dump_all(-1), EBADF, "the error of write is lost");
    cr_assert_eq(dump_all(fd), 0);
    cr_assert_eq(dump_leave(), 0);
    cr_assert_eq(dump_leave(), ENOENT);
    read_all(fd, text);
    cr_assert_null(strstr(text, "thread printer\n"),
                   "a thread that has left is in the dump");
    memset(name, 'x', DUMP_NAME - 1);
    name[DUMP_NAME - 1] = '\0';
    part_of(text, name, part);
    cr_assert_not_null(strstr(part, "0x"),
                       "who makes the dump has no stack in it");
    close(fd);
}

static void read_a_dump(int fd, char text[TEXT])
{
    size_t length = 0;
    ssize_t n = 1;

    text[0] = '\0';
    while (n > 0 && strstr(text, "end of dump\n") == NULL &&
           length < TEXT - 1) {
        n = read(fd, text + length, TEXT - 1 - length);
        length += n > 0 ? (size_t)n : 0;
        text[length] = '\0';
    }
}

Test(dump, a_signal_makes_a_dump, .timeout = 20.0)
{
    static char text[TEXT];
    struct park p = new_park();
    struct driver drivers[PARKED];
    int ends[2];

    cr_assert_eq(pipe(ends), 0);
    block(SIGUSR1);
    tl_fail_create(0);
    cr_assert_eq(dump_watch(ends[1]), EAGAIN);
    tl_fail_create(-1);
    cr_assert_eq(dump_unwatch(), ENOENT, "ended a thread that never began");
    cr_assert_eq(dump_watch(ends[1]), 0);
    cr_assert_eq(dump_watch(ends[1]), EALREADY);
    park_all(&p, drivers, PARKED);
    cr_assert_eq(kill(getpid(), SIGUSR1), 0);
    read_a_dump(ends[0], text);
    let_go(drivers, PARKED);
    cr_assert_eq(dump_unwatch(), 0);
    cr_assert_eq(dump_unwatch(), ENOENT);
    for (int i = 0; i < PARKED; i++) {
        check_driver(text, &drivers[i]);
    }
    close(ends[0]);
    close(ends[1]);
}
