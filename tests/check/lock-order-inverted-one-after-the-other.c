/* SPDX-License-Identifier: MIT */
/* Wrong: saving takes document then disk, restoring takes disk then
 * document. Main joins the one before it starts the other, so this program
 * never deadlocks; the first one that lets them overlap will. */
#include <pthread.h>
#include <stdio.h>

static pthread_mutex_t document = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t disk = PTHREAD_MUTEX_INITIALIZER;
static int text = 5; /* guarded by document */
static int file;     /* guarded by disk */

static void *save(void *unused)
{
    pthread_mutex_lock(&document);
    pthread_mutex_lock(&disk);
    file = text;
    pthread_mutex_unlock(&disk);
    pthread_mutex_unlock(&document);
    return unused;
}

static void *restore(void *unused)
{
    pthread_mutex_lock(&disk);
    pthread_mutex_lock(&document);
    text = file + 1;
    pthread_mutex_unlock(&document);
    pthread_mutex_unlock(&disk);
    return unused;
}

static void run(void *(*fn)(void *))
{
    pthread_t t;

    if (pthread_create(&t, NULL, fn, NULL) == 0) {
        pthread_join(t, NULL);
    }
}

int main(void)
{
    run(save);
    run(restore);
    printf("%d %d\n", text, file);
    return 0;
}
