/* SPDX-License-Identifier: MIT */
/* wrap_named.c - semaphores and shared memory that have names, which outlive a
 * process. Each run has names of its own, which the server removes when it is
 * over: what one run left, cut off with a permit taken perhaps, is not the next
 * one's. See sem_overview(7), shm_overview(7). */
#include "named.h"
#include "wrap.h"
#include "wrap_calls.h"

#include <dirent.h>
#include <fcntl.h>
#include <semaphore.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

REAL(sem_t *, sem_open, (const char *, int, ...));
REAL(int, sem_unlink, (const char *));
REAL(int, shm_open, (const char *, int, mode_t));
REAL(int, shm_unlink, (const char *));

enum { NAME = 256 };

static const char folder[] = "/dev/shm"; /* where glibc keeps both kinds */

/* "/gate" as this run knows it; a name that is no good stays so. */
static const char *own(const char *name, char *buf)
{
    int n;

    if (rt == NULL || !rt_bound() || name == NULL) {
        return name;
    }
    n = snprintf(buf, NAME, "/threadlab-%d-%s", rt->server,
                 name + strspn(name, "/"));
    if (n >= NAME - 8 || strchr(name + strspn(name, "/"), '/') != NULL) {
        return name;
    }
    rt->named = true;
    return buf;
}

sem_t *__wrap_sem_open(const char *name, int flags, ...)
{
    char buf[NAME];
    unsigned value = 0;
    mode_t mode = 0;
    va_list list;
    sem_t *s;

    if ((flags & O_CREAT) != 0) {
        va_start(list, flags);
        mode = va_arg(list, mode_t);
        value = va_arg(list, unsigned);
        va_end(list);
    }
    s = __real_sem_open(own(name, buf), flags, mode, value);
    if (s != SEM_FAILED && rt_bound()) {
        rt_object_named(s, RT_CALLER, (int)value);
    }
    return s;
}

int __wrap_sem_unlink(const char *name)
{
    char buf[NAME];

    return __real_sem_unlink(own(name, buf));
}

int __wrap_shm_open(const char *name, int flags, mode_t mode)
{
    char buf[NAME];

    return __real_shm_open(own(name, buf), flags, mode);
}

int __wrap_shm_unlink(const char *name)
{
    char buf[NAME];

    return __real_shm_unlink(own(name, buf));
}

void named_remove(void)
{
    char start[2][NAME];
    DIR *d = rt->named || rt->has_help ? opendir(folder) : NULL;
    struct dirent *e;

    snprintf(start[0], NAME, "sem.threadlab-%d-", rt->server);
    snprintf(start[1], NAME, "threadlab-%d-", rt->server);
    while (d != NULL && (e = readdir(d)) != NULL) {
        for (int i = 0; i < 2; i++) {
            if (strncmp(e->d_name, start[i], strlen(start[i])) == 0) {
                unlinkat(dirfd(d), e->d_name, 0);
            }
        }
    }
    if (d != NULL) {
        closedir(d);
    }
}
