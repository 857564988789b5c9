/* SPDX-License-Identifier: MIT */
/* Wrong: compact() returns when it cannot get the index, and forgets that it
 * holds the store. Its thread ends, the next user of the store waits for
 * ever. The index is hardly ever busy at that moment. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>

struct db {
    pthread_mutex_t store; /* before index; guards records */
    pthread_mutex_t index; /* guards keys */
    int records, keys;
};

static int db_compact(struct db *db)
{
    pthread_mutex_lock(&db->store);
    if (pthread_mutex_trylock(&db->index) != 0) {
        return EBUSY;
    }
    db->records--;
    db->keys--;
    pthread_mutex_unlock(&db->index);
    pthread_mutex_unlock(&db->store);
    return 0;
}

static void *compactor(void *arg)
{
    db_compact(arg);
    return NULL;
}

static void *indexer(void *arg)
{
    struct db *db = arg;

    pthread_mutex_lock(&db->index);
    db->keys += 5;
    pthread_mutex_unlock(&db->index);
    return NULL;
}

int main(void)
{
    struct db db = {.store = PTHREAD_MUTEX_INITIALIZER,
                    .index = PTHREAD_MUTEX_INITIALIZER,
                    .records = 9};
    pthread_t c, i;

    pthread_create(&i, NULL, indexer, &db);
    pthread_create(&c, NULL, compactor, &db);
    pthread_join(i, NULL);
    pthread_join(c, NULL);
    pthread_mutex_lock(&db.store);
    printf("%d records\n", db.records);
    pthread_mutex_unlock(&db.store);
    return 0;
}
