/* SPDX-License-Identifier: MIT */
/* Wrong: service_stop joins the thread and service_free joins it again. The
 * C library notices and returns an error that nobody looks at, unless the
 * handle already belongs to a new thread. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

struct service {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int stop; /* guarded by lock */
};

static void *serve(void *arg)
{
    struct service *s = arg;

    pthread_mutex_lock(&s->lock);
    while (!s->stop) {
        pthread_cond_wait(&s->changed, &s->lock);
    }
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

static struct service *service_start(void)
{
    struct service *s = calloc(1, sizeof(*s));

    if (s == NULL) {
        return NULL;
    }
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->changed, NULL);
    if (pthread_create(&s->thread, NULL, serve, s) != 0) {
        free(s);
        return NULL;
    }
    return s;
}

static void service_stop(struct service *s)
{
    pthread_mutex_lock(&s->lock);
    s->stop = 1;
    pthread_cond_signal(&s->changed);
    pthread_mutex_unlock(&s->lock);
    pthread_join(s->thread, NULL);
}

static void service_free(struct service *s)
{
    pthread_join(s->thread, NULL); /* make sure that it is gone */
    pthread_cond_destroy(&s->changed);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

int main(void)
{
    struct service *s = service_start();

    if (s == NULL) {
        return 1;
    }
    service_stop(s);
    service_free(s);
    puts("stopped");
    return 0;
}
