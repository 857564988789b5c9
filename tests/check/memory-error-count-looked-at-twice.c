/* SPDX-License-Identifier: MIT */
/* Wrong: a reference is dropped with atomic_fetch_sub, but whether it was
 * the last is asked by a load of its own. If both threads subtract before
 * either asks, both find zero and both free the text. What fetch_sub
 * returned would have told them apart. */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *text; /* never changed while the threads run */
static atomic_int references;

static void text_put(void)
{
    atomic_fetch_sub(&references, 1);
    if (atomic_load(&references) == 0) {
        free(text);
    }
}

static void *reader(void *length)
{
    *(size_t *)length = strlen(text);
    text_put();
    return NULL;
}

int main(void)
{
    pthread_t t[2];
    size_t length[2];

    text = malloc(32);
    if (text == NULL) {
        return 1;
    }
    strcpy(text, "read by two, freed by the last");
    atomic_store(&references, 2);
    for (int i = 0; i < 2; i++) {
        pthread_create(&t[i], NULL, reader, &length[i]);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(t[i], NULL);
        assert(length[i] == 30);
    }
    printf("%d references left\n", atomic_load(&references));
    return 0;
}
