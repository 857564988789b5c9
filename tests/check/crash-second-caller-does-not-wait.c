/* SPDX-License-Identifier: MIT */
/* Wrong: the first caller opens the device, as an atomic exchange decides,
 * and publishes a pointer to it. A second caller that comes before that does
 * not wait, gets NULL and follows it. Opening takes a moment only. */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>

struct device {
    int channels;
    bool open;
};

static struct device speaker;
static atomic_bool opening;
static _Atomic(struct device *) device;

static struct device *device_get(void)
{
    if (!atomic_exchange(&opening, true)) {
        speaker.open = true;
        atomic_store(&device, &speaker);
    }
    return atomic_load(&device);
}

static void *listen(void *channels)
{
    *(int *)channels = device_get()->channels;
    return NULL;
}

int main(void)
{
    pthread_t t[2];
    int channels[2];

    speaker.channels = 2;
    for (int i = 0; i < 2; i++) {
        pthread_create(&t[i], NULL, listen, &channels[i]);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(t[i], NULL);
        assert(channels[i] == 2);
    }
    puts("two channels");
    return 0;
}
