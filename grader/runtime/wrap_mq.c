/* SPDX-License-Identifier: MIT */
/* wrap_mq.c - message queues: mq_send, mq_receive, and both with a limit.
 *
 * A queue is a descriptor on Linux, so that io.c can tell whether it is full or
 * empty. ThreadSanitizer does not know the calls; it is told that what is sent
 * comes before what is received. */
#include "io.h"
#include "scheduler.h"
#include "wrap.h"

#include <errno.h>
#include <mqueue.h>
#include <poll.h>
#include <time.h>

REAL(int, mq_send, (mqd_t, const char *, size_t, unsigned));
REAL(int, mq_timedsend,
     (mqd_t, const char *, size_t, unsigned, const struct timespec *));
REAL(ssize_t, mq_receive, (mqd_t, char *, size_t, unsigned *));
REAL(ssize_t, mq_timedreceive,
     (mqd_t, char *, size_t, unsigned *, const struct timespec *));

enum { QUEUES = 64 };
static char queues[QUEUES]; /* for ThreadSanitizer: an address for each */

static void *order_of(mqd_t q)
{
    return &queues[(unsigned)q % QUEUES];
}

/* NULL: no limit. False, with errno: the time is over, or a signal has come. */
static bool until_ready(struct io_call *c, mqd_t *q, short events,
                        const struct timespec *limit)
{
    uint64_t until = SCHED_NEVER;

    if (io_goes_on(*q, events) ||
        (limit != NULL && !sched_time_is_good(limit))) {
        return true; /* a bad limit is for the call to judge */
    }
    if (limit != NULL) {
        until = sched_deadline(CLOCK_REALTIME, limit);
    }
    if (!io_until_ready(c, q, events, until)) {
        errno = errno == EAGAIN ? ETIMEDOUT : errno;
        return false;
    }
    return true;
}

/* The call is `real`, made when the queue has `events`. */
#define ON_QUEUE(type, name, params, real, events, limit)         \
    type __wrap_##name params                                     \
    {                                                             \
        struct io_call c = IO_CALL(name, q, (events) == POLLOUT); \
        type rc = -1;                                             \
        if (c.gives) {                                            \
            io_reads(&c, m, n);                                   \
        }                                                         \
        if (!io_begin(&c)) {                                      \
            return real;                                          \
        }                                                         \
        if ((events) == POLLOUT) {                                \
            rt_tools_release(order_of(q));                        \
        }                                                         \
        if (until_ready(&c, &q, events, limit)) {                 \
            rc = real;                                            \
        }                                                         \
        if ((events) == POLLIN) {                                 \
            rt_tools_acquire(order_of(q));                        \
        }                                                         \
        io_end(&c, rc);                                           \
        if (!c.gives) {                                           \
            io_writes(&c, m, rc);                                 \
        }                                                         \
        return rc;                                                \
    }
ON_QUEUE(int, mq_send, (mqd_t q, const char *m, size_t n, unsigned prio),
         __real_mq_send(q, m, n, prio), POLLOUT, NULL)
ON_QUEUE(int, mq_timedsend,
         (mqd_t q, const char *m, size_t n, unsigned prio,
          const struct timespec *limit),
         __real_mq_timedsend(q, m, n, prio, limit), POLLOUT, limit)
ON_QUEUE(ssize_t, mq_receive, (mqd_t q, char *m, size_t n, unsigned *prio),
         __real_mq_receive(q, m, n, prio), POLLIN, NULL)
ON_QUEUE(ssize_t, mq_timedreceive,
         (mqd_t q, char *m, size_t n, unsigned *prio,
          const struct timespec *limit),
         __real_mq_timedreceive(q, m, n, prio, limit), POLLIN, limit)
