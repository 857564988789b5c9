/* SPDX-License-Identifier: MIT */
/* test_beyond.c - which words of a source keep a tool from being asked. */
#include "beyond.h"

#include <criterion/criterion.h>
#include <string.h>

static const struct {
    const char *line;
    bool helgrind, tsan; /* beyond it */
} lines[] = {
    {"    pthread_cond_signal(&q->filled);", false, false},
    {"    pthread_cond_broadcast(&c);", false, false},
    {"    take_fork(left);", false, false},
    {"static pthread_mutex_t asm_lock;", false, false},
    {"    signal(SIGINT, stop);", true, false},
    {"    if (fork() == 0) {", true, false},
    {"fork();", true, false},
    {"    pthread_kill(t, SIGUSR1);", true, false},
    {"    kill(getpid(), SIGTERM);", true, false},
    {"    while (!atomic_load(&ready)) {", true, false},
    {"    __atomic_fetch_add(&n, 1, __ATOMIC_RELAXED);", true, false},
    {"static _Atomic int n;", true, false},
    {"    pthread_rwlock_tryrdlock(&l);", true, false},
    {"    atomic_thread_fence(memory_order_acquire);", true, true},
    {"    __asm__ volatile(\"\" ::: \"memory\");", true, true},
    {"", false, false},
};

Test(beyond, whole_words_decide)
{
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct beyond b = {{false}};
        beyond_learn(&b, lines[i].line, strlen(lines[i].line));
        cr_expect_eq(b.of[ENGINE_HELGRIND], lines[i].helgrind, "%s",
                     lines[i].line);
        cr_expect_eq(b.of[ENGINE_TSAN], lines[i].tsan, "%s", lines[i].line);
        cr_expect_not(b.of[ENGINE_EXPLORE], "%s", lines[i].line);
    }
}

Test(beyond, what_was_learnt_stays)
{
    struct beyond b = {{false}};

    beyond_learn(&b, "fork();", 7);
    beyond_learn(&b, "return;", 7);
    cr_expect(b.of[ENGINE_HELGRIND]);
}
