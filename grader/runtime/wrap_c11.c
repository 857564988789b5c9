/* SPDX-License-Identifier: MIT */
/* wrap_c11.c - the C11 names for threads, mutexes and conditions.
 *
 * In glibc a mtx_t is a pthread_mutex_t, a cnd_t a pthread_cond_t, a once_flag
 * a pthread_once_t and a thrd_t a pthread_t. So every call here is the pthread
 * call it stands for, with the results of C11: one set of rules, and
 * ThreadSanitizer, which does not know the C11 names, sees what it knows. */
#include "rt.h"
#include "wrap.h"
#include "wrap_calls.h"

#include <errno.h>
#include <threads.h>

REAL(int, thrd_create, (thrd_t *, thrd_start_t, void *));
REAL(int, thrd_join, (thrd_t, int *));
REAL(int, thrd_detach, (thrd_t));
REAL(void, thrd_yield, (void));
REAL(int, thrd_sleep, (deadline, struct timespec *));
REAL(int, mtx_init, (mtx_t *, int));
REAL(int, mtx_lock, (mtx_t *));
REAL(int, mtx_trylock, (mtx_t *));
REAL(int, mtx_timedlock, (mtx_t *, deadline));
REAL(int, mtx_unlock, (mtx_t *));
REAL(void, mtx_destroy, (mtx_t *));
REAL(int, cnd_init, (cnd_t *));
REAL(int, cnd_wait, (cnd_t *, mtx_t *));
REAL(int, cnd_timedwait, (cnd_t *, mtx_t *, deadline));
REAL(int, cnd_signal, (cnd_t *));
REAL(int, cnd_broadcast, (cnd_t *));
REAL(void, cnd_destroy, (cnd_t *));
REAL(void, call_once, (once_flag *, void (*)(void)));
void __wrap_thrd_exit(int result) __attribute__((noreturn));

extern int __real_pthread_mutex_init(pthread_mutex_t *m,
                                     const pthread_mutexattr_t *attr);
extern int __real_pthread_mutex_destroy(pthread_mutex_t *m);
extern int __real_pthread_cond_init(pthread_cond_t *c,
                                    const pthread_condattr_t *attr);
extern int __real_pthread_cond_destroy(pthread_cond_t *c);

_Static_assert(sizeof(mtx_t) == sizeof(pthread_mutex_t) &&
                   sizeof(cnd_t) == sizeof(pthread_cond_t) &&
                   sizeof(once_flag) == sizeof(pthread_once_t) &&
                   sizeof(thrd_t) == sizeof(pthread_t),
               "this is not glibc");

static int result_of(int rc)
{
    switch (rc) {
    case 0:
        return thrd_success;
    case ENOMEM:
        return thrd_nomem;
    case EBUSY:
        return thrd_busy;
    case ETIMEDOUT:
        return thrd_timedout;
    default:
        return thrd_error;
    }
}

static pthread_mutex_t *mutex(mtx_t *m)
{
    return (pthread_mutex_t *)m;
}

static pthread_cond_t *cond(cnd_t *c)
{
    return (pthread_cond_t *)c;
}

/* -- threads --------------------------------------------------------------- */

int __wrap_thrd_create(thrd_t *out, thrd_start_t fn, void *arg)
{
    return result_of(rt_thread_create(out, NULL, NULL, fn, arg, HERE));
}

int __wrap_thrd_join(thrd_t t, int *result)
{
    void *value = NULL;
    int rc = rt_thread_join(t, &value, HERE);

    if (result != NULL) {
        *result = (int)(intptr_t)value;
    }
    return result_of(rc);
}

int __wrap_thrd_detach(thrd_t t)
{
    return result_of(rt_thread_detach(t, HERE));
}

void __wrap_thrd_exit(int result)
{
    rt_thread_exit((void *)(intptr_t)result, HERE);
}

void __wrap_thrd_yield(void)
{
    rt_yield(HERE);
}

int __wrap_thrd_sleep(deadline want, struct timespec *left)
{
    int rc = rt_sleep(CLOCK_REALTIME, 0, want, left, HERE);

    return rc == 0 ? 0 : rc == EINTR ? -1 : -2;
}

void __wrap_call_once(once_flag *once, void (*fn)(void))
{
    rt_once((pthread_once_t *)once, fn, HERE);
}

/* -- mutexes --------------------------------------------------------------- */

int __wrap_mtx_init(mtx_t *m, int type)
{
    bool recursive = (type & mtx_recursive) != 0;
    pthread_mutexattr_t attr;
    int rc;

    if ((type & ~(mtx_recursive | mtx_timed)) != 0) {
        return thrd_error;
    }
    rt_object_new(m, RT_MUTEX, RT_CALLER, 0);
    pthread_mutexattr_init(&attr);
    pthread_mutexattr_settype(&attr, recursive ? PTHREAD_MUTEX_RECURSIVE
                                               : PTHREAD_MUTEX_DEFAULT);
    rc = __real_pthread_mutex_init(mutex(m), &attr);
    pthread_mutexattr_destroy(&attr);
    return result_of(rc);
}

int __wrap_mtx_lock(mtx_t *m)
{
    return result_of(rt_mutex_lock(mutex(m), HERE));
}

int __wrap_mtx_trylock(mtx_t *m)
{
    return result_of(rt_mutex_trylock(mutex(m), HERE));
}

int __wrap_mtx_timedlock(mtx_t *m, deadline until)
{
    return result_of(rt_mutex_timedlock(mutex(m), until, HERE));
}

int __wrap_mtx_unlock(mtx_t *m)
{
    return result_of(rt_mutex_unlock(mutex(m), HERE));
}

void __wrap_mtx_destroy(mtx_t *m)
{
    rt_object_destroyed(m, RT_MUTEX, HERE);
    __real_pthread_mutex_destroy(mutex(m));
}

/* -- conditions ------------------------------------------------------------ */

int __wrap_cnd_init(cnd_t *c)
{
    rt_object_new(c, RT_COND, RT_CALLER, 0);
    return result_of(__real_pthread_cond_init(cond(c), NULL));
}

int __wrap_cnd_wait(cnd_t *c, mtx_t *m)
{
    return result_of(rt_cond_wait(cond(c), mutex(m), HERE));
}

int __wrap_cnd_timedwait(cnd_t *c, mtx_t *m, deadline until)
{
    return result_of(rt_cond_timedwait(cond(c), mutex(m), until, HERE));
}

int __wrap_cnd_signal(cnd_t *c)
{
    return result_of(rt_cond_wake(cond(c), false, HERE));
}

int __wrap_cnd_broadcast(cnd_t *c)
{
    return result_of(rt_cond_wake(cond(c), true, HERE));
}

void __wrap_cnd_destroy(cnd_t *c)
{
    rt_object_destroyed(c, RT_COND, HERE);
    __real_pthread_cond_destroy(cond(c));
}
