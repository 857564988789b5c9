/* SPDX-License-Identifier: MIT */
/* kind.c - one table: every finding kind, its meaning, what to try. */
#include "kind.h"

#include <string.h>

static const struct {
    const char *name, *meaning, *advice;
} kinds[KIND_COUNT] = {
    [KIND_BUILD_ERROR] =
        {"build-error", "The file does not compile or link.",
         "Read the compiler's first message; the later ones often follow "
         "from it."},
    [KIND_FORBIDDEN_CALL] =
        {"forbidden-call",
         "The file uses something this exercise does not allow.",
         "Remove it; the lesson says which tools the exercise is about."},
    [KIND_MEMORY_ERROR] =
        {"memory-error",
         "The program touched memory that was not, or no longer, its own.",
         "Ask who may still use the block when it is freed, and make that "
         "thread finish (or be joined) first."},
    [KIND_DATA_RACE] =
        {"data-race",
         "Two threads use the same memory at the same time, at least one "
         "writes, and nothing orders them.",
         "Hold one and the same mutex around every access to this memory, "
         "reads included; volatile does not help."},
    [KIND_THREAD_MISUSE] =
        {"thread-misuse",
         "A thread function was used in a way its rules do not allow.",
         "Read the rule in the function's manual page and keep to it on "
         "every path."},
    [KIND_DEADLOCK] =
        {"deadlock", "Threads wait for one another in a circle, for ever.",
         "Take locks in one order everywhere, and never wait for a thread "
         "while holding a lock it needs."},
    [KIND_LOCK_ORDER] =
        {"lock-order",
         "Two locks are taken in both orders: two threads doing so at the "
         "same time would deadlock.",
         "Choose one order for the two locks and keep to it everywhere."},
    [KIND_HANG] =
        {"hang", "A thread waits for something that nobody will do.",
         "Find the line that should have woken it, and ask on which path it "
         "is skipped, comes too early, or wakes somebody else."},
    [KIND_BUSY_WAIT] =
        {"busy-wait",
         "A thread burns processor time instead of waiting asleep.",
         "Wait on a condition variable, and signal it where the state "
         "changes."},
    [KIND_MISSING_JOIN] =
        {"missing-join",
         "A thread was started but neither joined nor detached.",
         "Join every thread you start, on the error paths too."},
    [KIND_ASSERTION_FAILED] =
        {"assertion-failed", "The test's expectation did not hold.",
         "Compare the message with the contract in the header. If it only "
         "happens sometimes, ask what another thread may do between two of "
         "your lines."},
    [KIND_CRASH] =
        {"crash", "The program was stopped by a fatal signal.",
         "Look at the place shown: a NULL or wild pointer, or an abort."},
    [KIND_EARLY_EXIT] =
        {"early-exit", "The program ended before the test did.",
         "Report errors by return values; leave exit to the caller."},
    [KIND_MEMORY_LEAK] =
        {"memory-leak", "Memory was allocated and never freed.",
         "Free it where its last user is done, on the error paths too."},
    [KIND_RESOURCE_LIMIT] =
        {"resource-limit",
         "The program used more memory, threads or output than a test may.",
         "Look for a loop that never ends or a size that is not what you "
         "think."},
};

const char *kind_name(enum kind kind)
{
    return kinds[kind].name;
}

const char *kind_meaning(enum kind kind)
{
    return kinds[kind].meaning;
}

const char *kind_advice(enum kind kind)
{
    return kinds[kind].advice;
}

enum kind kind_of(const char *name)
{
    for (int k = 0; k < KIND_COUNT; k++) {
        size_t n = strlen(kinds[k].name);
        if (strncmp(name, kinds[k].name, n) == 0 &&
            (name[n] == '\0' || name[n] == '-' || name[n] == '.')) {
            return (enum kind)k;
        }
    }
    return KIND_COUNT;
}
