/* SPDX-License-Identifier: MIT */
/* Right: objects are destroyed and made again in the same memory: by init, by
 * an initialiser of a variable that has the same place on the stack, and in a
 * block that comes from the heap once more. */
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>

struct box {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    sem_t done;
    int full; /* guarded by lock */
};

static void *fill(void *arg)
{
    struct box *b = arg;

    pthread_mutex_lock(&b->lock);
    b->full = 1;
    pthread_cond_signal(&b->changed);
    pthread_mutex_unlock(&b->lock);
    sem_post(&b->done);
    return NULL;
}

static void use(struct box *b)
{
    pthread_t t;

    pthread_create(&t, NULL, fill, b);
    pthread_mutex_lock(&b->lock);
    while (!b->full) {
        pthread_cond_wait(&b->changed, &b->lock);
    }
    pthread_mutex_unlock(&b->lock);
    sem_wait(&b->done);
    pthread_join(t, NULL);
    pthread_mutex_destroy(&b->lock);
    pthread_cond_destroy(&b->changed);
    sem_destroy(&b->done);
}

static void on_the_stack(void)
{
    struct box b = {.lock = PTHREAD_MUTEX_INITIALIZER,
                    .changed = PTHREAD_COND_INITIALIZER};

    sem_init(&b.done, 0, 0);
    use(&b);
}

static void on_the_heap(void)
{
    struct box *b = calloc(1, sizeof *b);

    pthread_mutex_init(&b->lock, NULL);
    pthread_cond_init(&b->changed, NULL);
    sem_init(&b->done, 0, 0);
    use(b);
    free(b);
}

static struct box fixed;

static void in_one_place(void)
{
    fixed = (struct box){.full = 0};
    pthread_mutex_init(&fixed.lock, NULL);
    pthread_cond_init(&fixed.changed, NULL);
    sem_init(&fixed.done, 0, 0);
    use(&fixed);
}

int main(void)
{
    for (int i = 0; i < 3; i++) {
        on_the_stack();
        on_the_heap();
        in_one_place();
    }
    puts("done");
    return 0;
}
