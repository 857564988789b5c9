/* SPDX-License-Identifier: MIT */
/* Wrong: main takes the lock to read the log and joins the writer before it
 * gives the lock back; a writer that still has a line to write waits for the
 * lock, main for the writer. Main comes late, so the writer is mostly done. */
#include <pthread.h>
#include <stdio.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int lines; /* guarded by lock */

static void *writer(void *unused)
{
    for (int i = 0; i < 5; i++) {
        pthread_mutex_lock(&lock);
        lines++;
        pthread_mutex_unlock(&lock);
    }
    return unused;
}

static unsigned checksum(void)
{
    unsigned x = 7;

    for (int i = 0; i < 2000000; i++) {
        x = (x << 5 | x >> 27) ^ (unsigned)i;
    }
    return x;
}

int main(void)
{
    pthread_t t;
    unsigned sum;

    pthread_create(&t, NULL, writer, NULL);
    sum = checksum();
    pthread_mutex_lock(&lock);
    pthread_join(t, NULL);
    printf("%d lines, checksum %08x\n", lines, sum);
    pthread_mutex_unlock(&lock);
    return 0;
}
