/* SPDX-License-Identifier: MIT */
/* Wrong: pthread_join stores a pointer, eight bytes, where an int has room. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static void *count(void *letters)
{
    const char *p = letters;
    long n = 0;

    while (*p++ != '\0') {
        n++;
    }
    return (void *)n;
}

int main(void)
{
    char word[] = "thread";
    int *length = malloc(sizeof *length);
    pthread_t t;

    if (length == NULL || pthread_create(&t, NULL, count, word) != 0) {
        return 1;
    }
    pthread_join(t, (void **)length);
    printf("%d letters\n", *length);
    free(length);
    return 0;
}
