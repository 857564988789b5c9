/* SPDX-License-Identifier: MIT */
/* Wrong: the worker is started before the settings are in place. Every
 * access holds the mutex, so there is no data race; but nothing makes the
 * worker come second, except that a new thread takes a while to start. */
#include <assert.h>
#include <pthread.h>
#include <stdio.h>

struct settings {
    int width, height;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct settings *current; /* guarded by lock */
static struct settings defaults = {80, 25};

static void *draw(void *arg)
{
    int *cells = arg;

    pthread_mutex_lock(&lock);
    assert(current != NULL);
    *cells = current->width * current->height;
    pthread_mutex_unlock(&lock);
    return NULL;
}

static void settings_load(void)
{
    pthread_mutex_lock(&lock);
    current = &defaults;
    pthread_mutex_unlock(&lock);
}

int main(void)
{
    pthread_t t;
    int cells = 0;

    pthread_create(&t, NULL, draw, &cells);
    settings_load();
    pthread_join(t, NULL);
    printf("%d cells\n", cells);
    return 0;
}
