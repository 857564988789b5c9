/* SPDX-License-Identifier: MIT */
/* Right: each thread keeps a scratch buffer under a key; the destructor
 * frees it at the thread's end and counts under a lock. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static pthread_key_t scratch;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int freed; /* guarded by lock */

static void drop(void *p)
{
    free(p);
    pthread_mutex_lock(&lock);
    freed++;
    pthread_mutex_unlock(&lock);
}

static const char *roman(int n)
{
    static const struct {
        int value;
        const char *digits;
    } t[] = {{10, "X"}, {9, "IX"}, {5, "V"}, {4, "IV"}, {1, "I"}};
    char *s = pthread_getspecific(scratch);
    size_t used = 0;

    if (s == NULL) {
        s = malloc(64);
        pthread_setspecific(scratch, s);
    }
    for (int i = 0; s != NULL && i < 5; i++) {
        for (; n >= t[i].value; n -= t[i].value) {
            used += (size_t)snprintf(s + used, 64 - used, "%s", t[i].digits);
        }
    }
    return s;
}

static void *say(void *arg)
{
    int n = *(int *)arg;

    printf("%d is %s\n", n, roman(n));
    printf("%d is %s\n", n + 1, roman(n + 1));
    return NULL;
}

int main(void)
{
    int n[3] = {3, 8, 14};
    pthread_t t[3];

    pthread_key_create(&scratch, drop);
    for (int i = 0; i < 3; i++) {
        pthread_create(&t[i], NULL, say, &n[i]);
    }
    for (int i = 0; i < 3; i++) {
        pthread_join(t[i], NULL);
    }
    pthread_key_delete(scratch);
    return freed == 3 ? 0 : 1;
}
