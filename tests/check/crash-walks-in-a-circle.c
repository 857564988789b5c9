/* SPDX-License-Identifier: MIT */
/* Wrong: the last station of the round trip leads back to the first, so the
 * worker that walks it by recursion never comes to the end of it. */
#include <pthread.h>
#include <stdio.h>

struct station {
    struct station *next;
    int minutes;
};

static struct station stations[] = {{&stations[1], 4}, {&stations[0], 7}};

static int rest_of_trip(const struct station *s)
{
    return s == NULL ? 0 : s->minutes + rest_of_trip(s->next);
}

static void *add_up(void *minutes)
{
    *(int *)minutes = rest_of_trip(&stations[0]);
    return NULL;
}

int main(void)
{
    pthread_t worker;
    int minutes = 0;

    pthread_create(&worker, NULL, add_up, &minutes);
    pthread_join(worker, NULL);
    printf("%d minutes\n", minutes);
    return 0;
}
