/* SPDX-License-Identifier: MIT */
/* Wrong: the listener's name is printed if there is a listener, but the
 * atomic pointer is loaded once to check and once more to use. If main takes
 * the listener away in between, the second load gives NULL. */
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>

#define EVENTS 3

struct listener {
    int heard;
};

static struct listener ear;
static _Atomic(struct listener *) listener = &ear;

static void notify(int event)
{
    if (atomic_load(&listener) != NULL) {
        atomic_load(&listener)->heard = event;
    }
}

static void *events(void *unused)
{
    for (int i = 1; i <= EVENTS; i++) {
        notify(i);
    }
    return unused;
}

int main(void)
{
    pthread_t t;

    pthread_create(&t, NULL, events, NULL);
    atomic_store(&listener, NULL);
    pthread_join(t, NULL);
    printf("heard %s\n", ear.heard <= EVENTS ? "all" : "?");
    return 0;
}
