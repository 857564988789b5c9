/* SPDX-License-Identifier: MIT */
/* Right: a table under a rwlock; readers check an invariant over two fields
 * that only a writer may break for a moment. */
#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

struct span {
    pthread_rwlock_t lock; /* guards low, high */
    long low, high;        /* high == low + 10 */
};

static void *reader(void *arg)
{
    struct span *s = arg;
    long *seen = calloc(1, sizeof(*seen));

    for (int i = 0; seen != NULL && i < 40; i++) {
        pthread_rwlock_rdlock(&s->lock);
        assert(s->high == s->low + 10);
        *seen = s->low;
        pthread_rwlock_unlock(&s->lock);
    }
    return seen; /* whoever joins us frees it */
}

static void *writer(void *arg)
{
    struct span *s = arg;

    for (int i = 0; i < 25; i++) {
        pthread_rwlock_wrlock(&s->lock);
        s->low++;
        s->high++;
        pthread_rwlock_unlock(&s->lock);
    }
    return NULL;
}

int main(void)
{
    struct span *s = malloc(sizeof(*s));
    pthread_t r[3], w[2];

    if (s == NULL) {
        return 1;
    }
    pthread_rwlock_init(&s->lock, NULL);
    s->low = 0;
    s->high = 10;
    for (int i = 0; i < 2; i++) {
        pthread_create(&w[i], NULL, writer, s);
    }
    for (int i = 0; i < 3; i++) {
        pthread_create(&r[i], NULL, reader, s);
    }
    for (int i = 0; i < 3; i++) {
        void *seen = NULL;
        pthread_join(r[i], &seen);
        assert(seen != NULL && *(long *)seen <= 50);
        free(seen);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(w[i], NULL);
    }
    printf("%ld..%ld\n", s->low, s->high);
    pthread_rwlock_destroy(&s->lock);
    free(s);
    return 0;
}
