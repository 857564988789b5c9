/* SPDX-License-Identifier: MIT */
/* Wrong: pthread_join stores a pointer, eight bytes, into an int on the stack,
 * and over what is beside it. The cast is there to quieten the compiler. */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>

static void *count(void *letters)
{
    const char *p = letters;
    int n = 0;

    while (*p++ != '\0') {
        n++;
    }
    return (void *)(intptr_t)n;
}

int main(void)
{
    char word[] = "thread";
    pthread_t t;
    int length;

    if (pthread_create(&t, NULL, count, word) != 0) {
        return 1;
    }
    pthread_join(t, (void **)&length);
    printf("%d letters\n", length);
    return 0;
}
