/* SPDX-License-Identifier: MIT */
/* Wrong: a line that comes while the log is being turned over is dropped,
 * and log_line returns early; but it counts the line as dropped before it
 * has the lock. It races with main's look at the number, if a line comes in
 * the short time in which the log is paused. */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>

#define WRITERS 2
#define LINES   2

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int written, dropped; /* guarded by lock */
static atomic_bool paused;

static void log_line(void)
{
    if (atomic_load(&paused)) {
        dropped++;
        return;
    }
    pthread_mutex_lock(&lock);
    written++;
    pthread_mutex_unlock(&lock);
}

static int log_turn_over(void)
{
    int lost;

    atomic_store(&paused, true);
    pthread_mutex_lock(&lock);
    lost = dropped;
    pthread_mutex_unlock(&lock);
    atomic_store(&paused, false);
    return lost;
}

static void *writer(void *unused)
{
    for (int i = 0; i < LINES; i++) {
        log_line();
    }
    return unused;
}

int main(void)
{
    pthread_t t[WRITERS];
    int lost;

    for (int i = 0; i < WRITERS; i++) {
        pthread_create(&t[i], NULL, writer, NULL);
    }
    lost = log_turn_over();
    for (int i = 0; i < WRITERS; i++) {
        pthread_join(t[i], NULL);
    }
    assert(lost <= dropped && written + dropped == WRITERS * LINES);
    printf("%d lines\n", written + dropped);
    return 0;
}
