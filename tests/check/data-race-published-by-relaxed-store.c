/* SPDX-License-Identifier: MIT */
/* Wrong: the flag that says "the letter is complete" is stored relaxed, so
 * it may be seen before the letter is. The reader's acquire load has no
 * release to pair with. Every run races; on x86 none misreads. */
#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>

struct letter {
    int pages, words;
};

static struct letter letter; /* the writer's until complete, then read */
static atomic_bool complete;

static void *write_letter(void *unused)
{
    letter.pages = 2;
    letter.words = 640;
    atomic_store_explicit(&complete, true, memory_order_relaxed);
    return unused;
}

static void *read_letter(void *unused)
{
    while (!atomic_load_explicit(&complete, memory_order_acquire)) {
        sched_yield();
    }
    assert(letter.pages == 2 && letter.words == 640);
    return unused;
}

int main(void)
{
    pthread_t writer, reader;

    pthread_create(&reader, NULL, read_letter, NULL);
    pthread_create(&writer, NULL, write_letter, NULL);
    pthread_join(writer, NULL);
    pthread_join(reader, NULL);
    printf("%d words\n", letter.words);
    return 0;
}
