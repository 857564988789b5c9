/* SPDX-License-Identifier: MIT */
/* Wrong: the producer never waits for the consumer, which starts its work
 * only when the last block is in: 8 GiB of blocks pile up. All of them are
 * freed, so it is no leak. */
/* args: 8192 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct block {
    struct block *next;
    char bytes[1 << 20];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ended = PTHREAD_COND_INITIALIZER;
static struct block *blocks; /* guarded by lock */
static int end;              /* guarded by lock */

static void *consumer(void *unused)
{
    long n = 0;

    (void)unused;
    pthread_mutex_lock(&lock);
    while (!end) {
        pthread_cond_wait(&ended, &lock);
    }
    while (blocks != NULL) {
        struct block *b = blocks;
        blocks = b->next;
        n += b->bytes[0];
        free(b);
    }
    pthread_mutex_unlock(&lock);
    return (void *)n;
}

int main(int argc, char **argv)
{
    int want = argc > 1 ? atoi(argv[1]) : 8192, got = 0;
    pthread_t t;
    void *n;

    pthread_create(&t, NULL, consumer, NULL);
    for (; got < want; got++) {
        struct block *b = malloc(sizeof(*b));

        if (b == NULL) {
            break;
        }
        memset(b->bytes, 1, sizeof(b->bytes));
        pthread_mutex_lock(&lock);
        b->next = blocks;
        blocks = b;
        pthread_mutex_unlock(&lock);
    }
    pthread_mutex_lock(&lock);
    end = 1;
    pthread_cond_signal(&ended);
    pthread_mutex_unlock(&lock);
    pthread_join(t, &n);
    printf("%ld of %d blocks\n", (long)n, want);
    return (long)n == want ? 0 : 1;
}
