/* SPDX-License-Identifier: MIT */
/* Wrong: the list is locked anew for each thread, so that others are not kept
 * waiting for long; who wants to leave waits until no dump is under way. Two
 * dumps that are made at the same time are then written into one another. */
#include "dump.h"

#include <errno.h>
#include <execinfo.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct record {
    struct record *next; /* guarded by list_lock */
    pthread_t thread;    /* constant */
    char name[DUMP_NAME];

    /* The two below belong to the handler from asked to noted, and otherwise
     * to who has list_lock. */
    atomic_bool asked;
    sem_t noted;
    void *frames[DUMP_FRAMES];
    int depth;
};

static pthread_mutex_t list_lock = PTHREAD_MUTEX_INITIALIZER;
static struct record *first; /* guarded by list_lock */
static int dumps;            /* under way; guarded by list_lock */
static pthread_cond_t no_dumps = PTHREAD_COND_INITIALIZER; /* broadcast: 0 */

static _Thread_local struct record *own; /* NULL: not on the list */

static pthread_once_t once = PTHREAD_ONCE_INIT;

static bool watching; /* these two are used by one thread at a time */
static pthread_t watcher;

static void note_stack(int number)
{
    int error = errno;

    (void)number;
    if (own != NULL && atomic_exchange(&own->asked, false)) {
        own->depth = backtrace(own->frames, DUMP_FRAMES);
        sem_post(&own->noted);
    }
    errno = error;
}

static void prepare(void)
{
    struct sigaction action = {.sa_handler = note_stack,
                               .sa_flags = SA_RESTART};
    void *frame = NULL;

    backtrace(&frame, 1);
    sigemptyset(&action.sa_mask);
    sigaction(SIGUSR2, &action, NULL);
}

int dump_enter(const char *name)
{
    struct record *r = NULL;

    pthread_once(&once, prepare);
    if (own != NULL) {
        return EEXIST;
    }
    r = calloc(1, sizeof(*r));
    if (r == NULL) {
        return ENOMEM;
    }
    r->thread = pthread_self();
    strncpy(r->name, name, DUMP_NAME - 1);
    sem_init(&r->noted, 0, 0);
    own = r; /* before anybody can send us a signal */
    pthread_mutex_lock(&list_lock);
    r->next = first;
    first = r;
    pthread_mutex_unlock(&list_lock);
    return 0;
}

int dump_leave(void)
{
    struct record *r = own;
    struct record **link = NULL;

    if (r == NULL) {
        return ENOENT;
    }
    pthread_mutex_lock(&list_lock);
    while (dumps > 0) {
        pthread_cond_wait(&no_dumps, &list_lock);
    }
    for (link = &first; *link != r; link = &(*link)->next) {
    }
    *link = r->next;
    pthread_mutex_unlock(&list_lock);
    own = NULL; /* nobody sends us a signal any more */
    sem_destroy(&r->noted);
    free(r);
    return 0;
}

static int write_text(int fd, const char *text)
{
    size_t left = strlen(text);

    while (left > 0) {
        ssize_t n = write(fd, text, left);

        if (n < 0 && errno != EINTR) {
            return errno;
        }
        text += n < 0 ? 0 : n;
        left -= n < 0 ? 0 : (size_t)n;
    }
    return 0;
}

static int write_record(int fd, struct record *r)
{
    int rc = write_text(fd, "thread ");

    if (rc == 0) {
        rc = write_text(fd, r->name);
    }
    if (rc == 0) {
        rc = write_text(fd, "\n");
    }
    if (rc == 0) {
        backtrace_symbols_fd(r->frames, r->depth, fd);
    }
    return rc;
}

int dump_all(int fd)
{
    int rc = 0;

    pthread_mutex_lock(&list_lock);
    dumps++;
    for (struct record *r = first; r != NULL && rc == 0; r = r->next) {
        atomic_store(&r->asked, true);
        pthread_kill(r->thread, SIGUSR2);
        while (sem_wait(&r->noted) != 0) { /* our own signal interrupts us */
        }
        rc = write_record(fd, r);
        pthread_mutex_unlock(&list_lock);
        pthread_mutex_lock(&list_lock);
    }
    if (rc == 0) {
        rc = write_text(fd, "end of dump\n");
    }
    dumps--;
    if (dumps == 0) {
        pthread_cond_broadcast(&no_dumps);
    }
    pthread_mutex_unlock(&list_lock);
    return rc;
}

static void *watcher_main(void *arg)
{
    const int *fd = arg;
    int to = *fd;
    sigset_t signals;
    int got = SIGUSR1;

    free(arg);
    sigemptyset(&signals);
    sigaddset(&signals, SIGUSR1);
    sigaddset(&signals, SIGUSR2);
    while (got == SIGUSR1) {
        sigwait(&signals, &got);
        if (got == SIGUSR1) {
            dump_all(to);
        }
    }
    return NULL;
}

int dump_watch(int fd)
{
    sigset_t both;
    sigset_t before;
    int *to = NULL;
    int rc = 0;

    if (watching) {
        return EALREADY;
    }
    to = malloc(sizeof(*to));
    if (to == NULL) {
        return ENOMEM;
    }
    *to = fd;
    /* The watcher inherits the mask: both signals are for sigwait there. */
    sigemptyset(&both);
    sigaddset(&both, SIGUSR1);
    sigaddset(&both, SIGUSR2);
    pthread_sigmask(SIG_BLOCK, &both, &before);
    rc = pthread_create(&watcher, NULL, watcher_main, to);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (rc != 0) {
        free(to);
    }
    watching = rc == 0;
    return rc;
}

int dump_unwatch(void)
{
    if (!watching) {
        return ENOENT;
    }
    pthread_kill(watcher, SIGUSR2); /* not on the list, so: go home */
    pthread_join(watcher, NULL);
    watching = false;
    return 0;
}
