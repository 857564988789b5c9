/* SPDX-License-Identifier: MIT */
/* beyond.c - see beyond.h. Helgrind knows neither atomics nor inline assembly,
 * nor what passes through a descriptor, a signal or a process; it loses the
 * mutex of a condition wait that is cancelled, and what a reader of a
 * read-write lock has written under a mutex besides. ThreadSanitizer does not
 * know fences. Both are told by the words that a source has to use for that. */
#include "beyond.h"

#include <string.h>

static const char *const unknown_to_helgrind[] = {
    "_Atomic",      "atomic_",  "__c11_atomic_",   "__sync_",    "__asm",
    "asm volatile", "asm(",     "pthread_cancel(", "pipe(",      "pipe2(",
    "socket",       "eventfd(", "timerfd_",        "signalfd",   "mq_",
    "sigwait",      "sigqueue", "kill(",           "fork(",      "mmap(",
    "setrobust",    "shm_",     "syscall(",        "sigaction(", "signal(",
    "rdlock",       NULL};
static const char *const unknown_to_tsan[] = {"atomic_thread_fence",
                                              "__sync_synchronize",
                                              "__c11_atomic_thread_fence",
                                              "atomic_signal_fence",
                                              "__asm",
                                              "asm volatile",
                                              "asm(",
                                              "pthread_mutexattr_setrobust",
                                              NULL};

static bool holds(const char *text, size_t length, const char *const *words)
{
    for (; *words != NULL; words++) {
        if (memmem(text, length, *words, strlen(*words)) != NULL) {
            return true;
        }
    }
    return false;
}

void beyond_learn(struct beyond *b, const char *text, size_t length)
{
    b->of[ENGINE_HELGRIND] =
        b->of[ENGINE_HELGRIND] || holds(text, length, unknown_to_helgrind);
    b->of[ENGINE_TSAN] =
        b->of[ENGINE_TSAN] || holds(text, length, unknown_to_tsan);
}
