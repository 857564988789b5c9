/* SPDX-License-Identifier: MIT */
/* Wrong: there are no slots, and the one before the first is written: the
 * address is in the upper half. */
#include <pthread.h>
#include <stddef.h>

static int *slots;

static void *mark(void *unused)
{
    if (unused == NULL) {
        slots[-1] = 1;
    }
    return unused;
}

int main(void)
{
    pthread_t t;

    pthread_create(&t, NULL, mark, NULL);
    pthread_join(t, NULL);
    return 0;
}
