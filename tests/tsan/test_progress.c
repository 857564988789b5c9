/* SPDX-License-Identifier: MIT */
/* test_progress.c - several threads draw, pause and resume one progress line;
 * ThreadSanitizer watches. Links with progress.c, term.c and utf8.c. */
#include "progress.h"

#include <pthread.h>
#include <stdlib.h>

enum { THREADS = 4, ROUNDS = 300 };

#define CHECK(condition)                                            \
    do {                                                            \
        if (!(condition)) {                                         \
            fprintf(stderr, "line %d: %s\n", __LINE__, #condition); \
            exit(1);                                                \
        }                                                           \
    } while (0)

static void *show_many(void *arg)
{
    for (int i = 0; i < ROUNDS; i++) {
        progress_show(arg, "21-counter", "tsan", i, ROUNDS);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[THREADS];
    struct term t = {.live = true, .width = 40};
    struct progress *progress = NULL;

    t.out = tmpfile();
    CHECK(t.out != NULL);
    progress = progress_create(&t);
    CHECK(progress != NULL);
    for (int i = 0; i < THREADS; i++) {
        CHECK(pthread_create(&threads[i], NULL, show_many, progress) == 0);
    }
    for (int i = 0; i < ROUNDS; i++) {
        progress_pause(progress);
        CHECK(fputs("a report\n", t.out) >= 0);
        progress_resume(progress);
    }
    for (int i = 0; i < THREADS; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
    progress_destroy(progress);
    CHECK(fclose(t.out) == 0);
    puts("1 passed, 0 failed");
    return 0;
}
