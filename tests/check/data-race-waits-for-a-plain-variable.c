/* SPDX-License-Identifier: MIT */
/* Wrong: main waits for a plain variable. With optimisation the loop does not
 * even read it again, and never ends. */
#include <pthread.h>
#include <stdio.h>

static int ready, letters;

static void *count(void *word)
{
    const char *p = word;

    while (*p++ != '\0') {
        letters++;
    }
    ready = 1;
    return NULL;
}

int main(void)
{
    char word[] = "thread";
    pthread_t counter;

    if (pthread_create(&counter, NULL, count, word) != 0) {
        return 1;
    }
    while (!ready) {
    }
    printf("%d letters\n", letters);
    pthread_join(counter, NULL);
    return 0;
}
