/* SPDX-License-Identifier: MIT */
/* Right: the lock of the stream keeps the two parts of a line together, and the
 * count of lines right. */
#include <assert.h>
#include <pthread.h>
#include <stdio.h>

enum { WRITERS = 2, LINES = 2 };

static FILE *page;
static int lines; /* guarded by the lock of `page` */

static void *write_lines(void *unused)
{
    for (int i = 0; i < LINES; i++) {
        flockfile(page);
        fputs("one ", page);
        fputs("line\n", page);
        lines++;
        funlockfile(page);
    }
    return unused;
}

int main(void)
{
    pthread_t writers[WRITERS];
    char line[16];

    page = tmpfile();
    if (page == NULL) {
        return 1;
    }
    for (int i = 0; i < WRITERS; i++) {
        pthread_create(&writers[i], NULL, write_lines, NULL);
    }
    for (int i = 0; i < WRITERS; i++) {
        pthread_join(writers[i], NULL);
    }
    assert(lines == WRITERS * LINES);
    for (rewind(page); fgets(line, sizeof line, page) != NULL; lines--) {
    }
    assert(lines == 0);
    fclose(page);
    return 0;
}
