/* SPDX-License-Identifier: MIT */
/* Right: it ends by itself, though not before any limit on a run is over. */
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static int bells; /* until the join, the watch's own */

static void *watch(void *unused)
{
    for (int hour = 0; hour < 6; hour++) {
        sleep(1);
        bells++;
    }
    return unused;
}

int main(void)
{
    pthread_t t;

    if (pthread_create(&t, NULL, watch, NULL) != 0) {
        return 1;
    }
    pthread_join(t, NULL);
    printf("%d bells, and all is well\n", bells);
    return 0;
}
