/* SPDX-License-Identifier: MIT */
/* beyond.c - see beyond.h. Helgrind knows neither atomics nor inline assembly,
 * nor what passes through a descriptor, a signal or a process; it loses the
 * mutex of a condition wait that is cancelled, and what a reader of a
 * read-write lock has written under a mutex besides. ThreadSanitizer does not
 * know fences. Both are told by the words that a source has to use for that. */
#include "beyond.h"

#include <ctype.h>
#include <string.h>

/* What a word of the source begins with, or all of it where a parenthesis
 * follows. */
static const char *const unknown_to_helgrind[] = {"_Atomic",
                                                  "atomic_",
                                                  "__atomic_",
                                                  "__c11_atomic_",
                                                  "__sync_",
                                                  "__asm",
                                                  "asm volatile",
                                                  "asm(",
                                                  "pthread_cancel(",
                                                  "pthread_kill(",
                                                  "pthread_rwlock_",
                                                  "pthread_mutexattr_setrobust",
                                                  "pipe(",
                                                  "pipe2(",
                                                  "socket",
                                                  "eventfd(",
                                                  "timerfd_",
                                                  "signalfd",
                                                  "mq_",
                                                  "semop(",
                                                  "semtimedop(",
                                                  "msgsnd(",
                                                  "msgrcv(",
                                                  "sigwait",
                                                  "sigqueue",
                                                  "sigaction(",
                                                  "signal(",
                                                  "kill(",
                                                  "fork(",
                                                  "mmap(",
                                                  "shm_",
                                                  "syscall(",
                                                  NULL};
static const char *const unknown_to_tsan[] = {"atomic_thread_fence",
                                              "__sync_synchronize",
                                              "__c11_atomic_thread_fence",
                                              "atomic_signal_fence",
                                              "__asm",
                                              "asm volatile",
                                              "asm(",
                                              "pthread_mutexattr_setrobust",
                                              NULL};

static bool in_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* True if a word of `text` begins with `word`. */
static bool has_word(const char *text, size_t length, const char *word)
{
    const char *end = text + length;
    const char *at = text;

    while ((at = memmem(at, (size_t)(end - at), word, strlen(word))) != NULL) {
        if (at == text || !in_word(at[-1])) {
            return true;
        }
        at++;
    }
    return false;
}

static bool holds(const char *text, size_t length, const char *const *words)
{
    for (; *words != NULL; words++) {
        if (has_word(text, length, *words)) {
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
