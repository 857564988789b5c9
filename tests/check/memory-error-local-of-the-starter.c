/* SPDX-License-Identifier: MIT */
/* Wrong: the thread gets a pointer to a variable of the function that starts
 * it, which may have returned by the time the thread looks. */
#include <pthread.h>
#include <stdio.h>

static pthread_t printer;

static void *print(void *number)
{
    printf("%d\n", *(const int *)number);
    return NULL;
}

static void start(int number)
{
    int twice = 2 * number;

    pthread_create(&printer, NULL, print, &twice);
}

int main(void)
{
    start(21);
    pthread_join(printer, NULL);
    return 0;
}
