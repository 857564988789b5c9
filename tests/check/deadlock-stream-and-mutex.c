/* SPDX-License-Identifier: MIT */
/* Wrong: one takes the stream and then the count, the other the count and then
 * the stream. */
#include <pthread.h>
#include <stdio.h>

static pthread_mutex_t count_lock = PTHREAD_MUTEX_INITIALIZER;
static int count;

static void *write_total(void *unused)
{
    flockfile(stdout);
    pthread_mutex_lock(&count_lock);
    printf("%d\n", count);
    pthread_mutex_unlock(&count_lock);
    funlockfile(stdout);
    return unused;
}

static void *write_next(void *unused)
{
    pthread_mutex_lock(&count_lock);
    count++;
    flockfile(stdout);
    printf("number %d\n", count);
    funlockfile(stdout);
    pthread_mutex_unlock(&count_lock);
    return unused;
}

int main(void)
{
    pthread_t total, next;

    pthread_create(&total, NULL, write_total, NULL);
    pthread_create(&next, NULL, write_next, NULL);
    pthread_join(total, NULL);
    pthread_join(next, NULL);
    return 0;
}
