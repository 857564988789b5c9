/* SPDX-License-Identifier: MIT */
/* Right: no threads at all, though it locks; it counts its input and, as its
 * users expect, exits with 3 when a line was longer than 72 characters. */
/* stdin: a line that is longer than the seventy-two characters it may have */
#include <pthread.h>
#include <stdio.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static size_t lines, longest;

static void note(size_t length)
{
    pthread_mutex_lock(&lock);
    lines++;
    if (length > longest) {
        longest = length;
    }
    pthread_mutex_unlock(&lock);
}

int main(void)
{
    size_t length = 0;

    while (1) {
        int c = getchar();

        if (c == EOF) {
            break;
        }
        if (c == '\n') {
            note(length);
            length = 0;
        } else {
            length++;
        }
    }
    if (length > 0) {
        note(length);
    }
    printf("%zu lines, longest %zu\n", lines, longest);
    return longest > 72 ? 3 : 0;
}
