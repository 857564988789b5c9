/* SPDX-License-Identifier: MIT */
/* Right: what localtime returns is used up before the lock is given back. */
#include <pthread.h>
#include <stdio.h>
#include <time.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *print_time(void *unused)
{
    time_t now = time(NULL);
    const struct tm *tm;

    pthread_mutex_lock(&lock);
    tm = localtime(&now);
    printf("%02d:%02d\n", tm->tm_hour, tm->tm_min);
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(void)
{
    pthread_t t;

    pthread_create(&t, NULL, print_time, NULL);
    print_time(NULL);
    pthread_join(t, NULL);
    return 0;
}
