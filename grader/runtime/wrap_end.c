/* SPDX-License-Identifier: MIT */
/* wrap_end.c - calls that end the whole process, or replace it. Where that is
 * a proper end is for the case to say (case.h); anywhere else it is a fault. */
#include "case.h"
#include "wrap.h"
#include "wrap_calls.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

void rt_ended_by(const char *word, const void *frame)
{
    struct rt_thread *t = rt_self();
    struct rt_stack at;

    rt_walk(&at, frame, t->stack_top);
    rt_lock();
    rt_note(NOTE_CALLED_EXIT, t, -1, -1, &at, NULL, word);
    rt_finish(END_FAILED);
}

#define ENDS_PROCESS(name)                              \
    extern void __real_##name(int status);              \
    void __wrap_##name(int status);                     \
    void __wrap_##name(int status)                      \
    {                                                   \
        if (rt_forked()) {                              \
            __real_##name(status);                      \
        }                                               \
        rt_case_exit(#name, status);                    \
        rt_ended_by(#name, __builtin_frame_address(0)); \
    }
ENDS_PROCESS(exit)
ENDS_PROCESS(_exit)
ENDS_PROCESS(_Exit)
ENDS_PROCESS(quick_exit)

/* In the C library the place would be lost. */
extern void __real_abort(void) __attribute__((noreturn));
void __wrap_abort(void) __attribute__((noreturn));
void __wrap_abort(void)
{
    if (!rt_forked() && rt_bound()) {
        rt_crash(SIGABRT, __builtin_frame_address(0));
    }
    __real_abort();
}

/* -- exec -------------------------------------------------------------------
 */

enum { MOST_ARGS = 1024 };

static void replaced_by(const char *word, const void *frame)
{
    rt_case_exit(word, 0);
    rt_ended_by(word, frame);
}

#define REPLACES_PROCESS(name, more, ...)                               \
    extern int __real_##name(const char *path, char *const *argv more); \
    int __wrap_##name(const char *path, char *const *argv more);        \
    int __wrap_##name(const char *path, char *const *argv more)         \
    {                                                                   \
        if (!rt_forked()) {                                             \
            replaced_by(#name, __builtin_frame_address(0));             \
        }                                                               \
        return __real_##name(path, argv __VA_ARGS__);                   \
    }
#define ENVIRONMENT , char *const *env
REPLACES_PROCESS(execv, , )
REPLACES_PROCESS(execvp, , )
REPLACES_PROCESS(execve, ENVIRONMENT, , env)

/* The forms that take a list. Of their arguments the one after NULL is the
 * environment, if there is one. */
static char *const *gather(const char *first, va_list list, char **argv)
{
    size_t n = 0;

    argv[n++] = (char *)(uintptr_t)first;
    while (argv[n - 1] != NULL && n < MOST_ARGS) {
        argv[n++] = va_arg(list, char *);
    }
    argv[n - 1] = NULL;
    return argv;
}

#define REPLACES_BY_LIST(name, how, ...)                         \
    int __wrap_##name(const char *path, const char *first, ...); \
    int __wrap_##name(const char *path, const char *first, ...)  \
    {                                                            \
        char *argv[MOST_ARGS];                                   \
        va_list list;                                            \
        if (!rt_forked()) {                                      \
            replaced_by(#name, __builtin_frame_address(0));      \
        }                                                        \
        va_start(list, first);                                   \
        gather(first, list, argv);                               \
        __real_##how(path, argv __VA_ARGS__);                    \
        va_end(list);                                            \
        return -1;                                               \
    }
REPLACES_BY_LIST(execl, execv)
REPLACES_BY_LIST(execlp, execvp)
REPLACES_BY_LIST(execle, execve, , va_arg(list, char *const *))

/* assert(), where it does not hold. */
void __wrap___assert_fail(const char *check, const char *file, unsigned line,
                          const char *function);
void __wrap___assert_fail(const char *check, const char *file, unsigned line,
                          const char *function)
{
    char text[512];

    snprintf(text, sizeof text, "assert(%s) does not hold in %s", check,
             function);
    rt_fail(file, line, text);
    rt_finish(END_FAILED);
}
