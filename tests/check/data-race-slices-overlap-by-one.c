/* SPDX-License-Identifier: MIT */
/* Wrong: each thread capitalises a slice of the text, and the slices are
 * meant to meet, not to overlap; but the loop runs to `to` inclusive, so the
 * first letter of a slice is also the last of the one before. Both write the
 * same value there, and the text always comes out right. */
#include <assert.h>
#include <ctype.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define WORKERS 3

static char text[] = "many hands";

struct slice {
    size_t from, to; /* the letters from <= i < to */
};

static void *capitalise(void *arg)
{
    const struct slice *s = arg;

    for (size_t i = s->from; i <= s->to; i++) {
        text[i] = (char)toupper((unsigned char)text[i]);
    }
    return NULL;
}

int main(void)
{
    size_t length = strlen(text);
    struct slice s[WORKERS];
    pthread_t t[WORKERS];

    for (size_t i = 0; i < WORKERS; i++) {
        s[i].from = i * length / WORKERS;
        s[i].to = (i + 1) * length / WORKERS;
        pthread_create(&t[i], NULL, capitalise, &s[i]);
    }
    for (int i = 0; i < WORKERS; i++) {
        pthread_join(t[i], NULL);
    }
    puts(text);
    assert(strcmp(text, "MANY HANDS") == 0);
    return 0;
}
