/* SPDX-License-Identifier: MIT */
/* Wrong: a reader that finds the cache stale asks for the write lock while
 * it still holds the read lock, and so waits for itself. The cache is stale
 * only if the reader comes after the edit; mostly it is first. */
#include <pthread.h>
#include <stdio.h>

static struct {
    pthread_rwlock_t lock; /* guards the rest */
    int version, cached_version, cached;
} doc = {PTHREAD_RWLOCK_INITIALIZER, 1, 1, 100};

static int doc_length(void)
{
    int n;

    pthread_rwlock_rdlock(&doc.lock);
    if (doc.cached_version != doc.version) {
        pthread_rwlock_wrlock(&doc.lock);
        doc.cached = 100 * doc.version;
        doc.cached_version = doc.version;
    }
    n = doc.cached;
    pthread_rwlock_unlock(&doc.lock);
    return n;
}

static void *editor(void *unused)
{
    pthread_rwlock_wrlock(&doc.lock);
    doc.version++;
    pthread_rwlock_unlock(&doc.lock);
    return unused;
}

int main(void)
{
    pthread_t t;
    int length;

    pthread_create(&t, NULL, editor, NULL);
    length = doc_length();
    pthread_join(t, NULL);
    printf("length %d\n", length);
    return 0;
}
