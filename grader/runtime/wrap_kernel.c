/* SPDX-License-Identifier: MIT */
/* wrap_kernel.c - calls about what the kernel knows of a thread: its number,
 * name, signals, place among the processors. They work as ever, but not in a
 * run with fibers. */
#include "fiber.h"
#include "wrap.h"
#include "wrap_calls.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define NEEDS_KERNEL(type, name, parameters, arguments) \
    REAL(type, name, parameters);                       \
    type __wrap_##name parameters                       \
    {                                                   \
        fiber_unfit();                                  \
        return __real_##name arguments;                 \
    }

typedef const struct sched_param *param;
typedef unsigned long word;

REAL(long, syscall,
     (long number, word a, word b, word c, word d, word e, word f));

long __wrap_syscall(long number, word a, word b, word c, word d, word e, word f)
{
    if (number == SYS_futex && rt_bound() && !rt_forked()) {
        return rt_futex_call(number, (const word[]){a, b, c, d, e, f}, HERE);
    }
    fiber_unfit();
    return __real_syscall(number, a, b, c, d, e, f);
}

NEEDS_KERNEL(pid_t, gettid, (void), ())
NEEDS_KERNEL(int, prctl, (int option, word a, word b, word c, word d),
             (option, a, b, c, d))
NEEDS_KERNEL(int, tgkill, (pid_t group, pid_t id, int sig), (group, id, sig))
NEEDS_KERNEL(int, sigprocmask, (int how, const sigset_t *set, sigset_t *old),
             (how, set, old))
NEEDS_KERNEL(int, pthread_sigqueue,
             (pthread_t t, int sig, const union sigval value), (t, sig, value))
NEEDS_KERNEL(int, pthread_setcanceltype, (int type, int *old), (type, old))
NEEDS_KERNEL(int, pthread_mutexattr_setrobust,
             (pthread_mutexattr_t * attr, int robust), (attr, robust))
NEEDS_KERNEL(int, pthread_setname_np, (pthread_t t, const char *name),
             (t, name))
NEEDS_KERNEL(int, pthread_getname_np, (pthread_t t, char *name, size_t size),
             (t, name, size))
NEEDS_KERNEL(int, pthread_getattr_np, (pthread_t t, pthread_attr_t *attr),
             (t, attr))
NEEDS_KERNEL(int, pthread_getcpuclockid, (pthread_t t, clockid_t *clock),
             (t, clock))
NEEDS_KERNEL(int, pthread_getschedparam,
             (pthread_t t, int *policy, struct sched_param *p), (t, policy, p))
NEEDS_KERNEL(int, pthread_setschedparam, (pthread_t t, int policy, param p),
             (t, policy, p))
NEEDS_KERNEL(int, pthread_setschedprio, (pthread_t t, int priority),
             (t, priority))
NEEDS_KERNEL(int, pthread_getaffinity_np,
             (pthread_t t, size_t size, cpu_set_t *set), (t, size, set))
NEEDS_KERNEL(int, pthread_setaffinity_np,
             (pthread_t t, size_t size, const cpu_set_t *set), (t, size, set))
NEEDS_KERNEL(int, sched_getaffinity, (pid_t t, size_t size, cpu_set_t *set),
             (t, size, set))
NEEDS_KERNEL(int, sched_setaffinity,
             (pid_t t, size_t size, const cpu_set_t *set), (t, size, set))
