/* SPDX-License-Identifier: MIT */
/* wrap_sysv.c - System V semaphores and message queues.
 *
 * Under control a call is made without a wait, and again whenever another may
 * have changed something (io.c). ThreadSanitizer does not know these calls; it
 * is told that what one gives comes before what another takes. A call with very
 * many operations waits in the kernel, out of turn.
 *
 * What a run has made for itself alone stays behind in the kernel if the run is
 * ended before it has removed it: the server does that then. */
#include "io.h"
#include "named.h"
#include "scheduler.h"
#include "wrap.h"

#include <errno.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <time.h>

REAL(int, semop, (int, struct sembuf *, size_t));
REAL(int, semtimedop, (int, struct sembuf *, size_t, const struct timespec *));
REAL(int, msgsnd, (int, const void *, size_t, int));
REAL(ssize_t, msgrcv, (int, void *, size_t, long, int));

REAL(int, semget, (key_t, int, int));
REAL(int, msgget, (key_t, int));

enum { SETS = 64, MOST_OPS = 16 };
static char sets[SETS]; /* for ThreadSanitizer: an address for each */

static void *order_of(int id)
{
    return &sets[(unsigned)id % SETS];
}

static int remember(key_t key, int id, bool queue)
{
    if (key == IPC_PRIVATE && id >= 0 && rt_bound() && !rt_forked()) {
        rt_lock();
        if (rt->sysv_count < RT_SYSV) {
            rt->sysv[rt->sysv_count++] = (struct rt_sysv){id, queue};
        }
        rt_unlock();
    }
    return id;
}

int __wrap_semget(key_t key, int n, int flags)
{
    return remember(key, __real_semget(key, n, flags), false);
}

int __wrap_msgget(key_t key, int flags)
{
    return remember(key, __real_msgget(key, flags), true);
}

void sysv_remove(void)
{
    for (int i = 0; i < rt->sysv_count; i++) {
        const struct rt_sysv *s = &rt->sysv[i];
        if (s->queue) {
            msgctl(s->id, IPC_RMID, NULL);
        } else {
            semctl(s->id, 0, IPC_RMID);
        }
    }
}

/* The call would have to wait. Under control: sleeps, and says whether to make
 * it again; if not, it fails as errno says. */
static bool again(struct io_call *c, bool may_wait, uint64_t until)
{
    struct io_wait w = {.unseen = true};
    enum rt_why why;

    if (!may_wait || !sched_on() || until <= sched_now()) {
        return false;
    }
    why = io_await(c, &w, -1, until);
    errno = why == WHY_SIGNAL ? EINTR : EAGAIN;
    return !rt_gave_up(why);
}

static int operate(struct io_call *c, int id, struct sembuf *ops, size_t n,
                   const struct timespec *limit)
{
    struct sembuf now[MOST_OPS];
    uint64_t until;
    bool may_wait = true;
    int rc;

    if (!sched_on() || n > MOST_OPS) {
        io_go_out(c, -1);
        return __real_semtimedop(id, ops, n, limit);
    }
    until = sched_after(limit);
    memcpy(now, ops, n * sizeof *ops);
    for (size_t i = 0; i < n; i++) {
        may_wait = may_wait && (now[i].sem_flg & IPC_NOWAIT) == 0;
        now[i].sem_flg |= IPC_NOWAIT;
    }
    do {
        rc = __real_semop(id, now, n);
    } while (rc != 0 && errno == EAGAIN && again(c, may_wait, until));
    return rc;
}

static int do_operate(struct io_call *c, int id, struct sembuf *ops, size_t n,
                      const struct timespec *limit)
{
    int rc;

    rt_tools_release(order_of(id));
    rc = operate(c, id, ops, n, limit);
    rt_tools_acquire(order_of(id));
    io_end(c, rc);
    return rc;
}

int __wrap_semop(int id, struct sembuf *ops, size_t n)
{
    struct io_call c = IO_CALL(semop, -1, true);

    return io_begin(&c) ? do_operate(&c, id, ops, n, NULL)
                        : __real_semop(id, ops, n);
}

int __wrap_semtimedop(int id, struct sembuf *ops, size_t n,
                      const struct timespec *limit)
{
    struct io_call c = IO_CALL(semtimedop, -1, true);

    if ((limit != NULL && (limit->tv_sec < 0 || !sched_time_is_good(limit))) ||
        !io_begin(&c)) {
        return __real_semtimedop(id, ops, n, limit);
    }
    return do_operate(&c, id, ops, n, limit);
}

int __wrap_msgsnd(int id, const void *message, size_t size, int flags)
{
    struct io_call c = IO_CALL(msgsnd, -1, true);
    bool may_wait = (flags & IPC_NOWAIT) == 0;
    int rc;

    if (!io_begin(&c)) {
        return __real_msgsnd(id, message, size, flags);
    }
    rt_tools_release(order_of(id));
    if (!sched_on()) {
        io_go_out(&c, -1);
    }
    do {
        rc = __real_msgsnd(id, message, size,
                           sched_on() ? flags | IPC_NOWAIT : flags);
    } while (rc != 0 && errno == EAGAIN && again(&c, may_wait, SCHED_NEVER));
    io_end(&c, rc);
    return rc;
}

ssize_t __wrap_msgrcv(int id, void *message, size_t size, long type, int flags)
{
    struct io_call c = IO_CALL(msgrcv, -1, true);
    bool may_wait = (flags & IPC_NOWAIT) == 0;
    ssize_t rc;

    if (!io_begin(&c)) {
        return __real_msgrcv(id, message, size, type, flags);
    }
    if (!sched_on()) {
        io_go_out(&c, -1);
    }
    do {
        rc = __real_msgrcv(id, message, size, type,
                           sched_on() ? flags | IPC_NOWAIT : flags);
    } while (rc < 0 && errno == ENOMSG && again(&c, may_wait, SCHED_NEVER));
    rt_tools_acquire(order_of(id));
    io_end(&c, rc);
    return rc;
}
