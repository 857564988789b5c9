/* SPDX-License-Identifier: MIT */
/* Wrong: both threads count the words of a text of their own, but strtok
 * remembers for all threads together where it is. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

static void *count_words(void *text)
{
    int words = 0;

    for (char *w = strtok(text, " "); w != NULL; w = strtok(NULL, " ")) {
        words++;
    }
    printf("%d\n", words);
    return NULL;
}

int main(void)
{
    char one[] = "the quick brown fox", two[] = "jumps over a lazy dog";
    pthread_t t;

    pthread_create(&t, NULL, count_words, one);
    count_words(two);
    pthread_join(t, NULL);
    return 0;
}
