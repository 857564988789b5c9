/* SPDX-License-Identifier: MIT */
/* Right: each thread writes its own letters of one word, every third, and
 * main its full stop meanwhile. Each element of a char array is a memory
 * location of its own, so neighbours do not race however near they are; main
 * reads the whole after the joins. */
#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define WRITERS 3

static const char word[] = "typesetting";
static char line[sizeof(word) + 1]; /* one more, for the full stop */

static void *write_letters(void *arg)
{
    size_t me = *(const size_t *)arg;

    for (size_t i = me; i < strlen(word); i += WRITERS) {
        line[i] = word[i];
    }
    return NULL;
}

int main(void)
{
    size_t me[WRITERS] = {0, 1, 2};
    pthread_t t[WRITERS];

    for (int i = 0; i < WRITERS; i++) {
        pthread_create(&t[i], NULL, write_letters, &me[i]);
    }
    line[strlen(word)] = '.';
    for (int i = 0; i < WRITERS; i++) {
        pthread_join(t[i], NULL);
    }
    puts(line);
    assert(strcmp(line, "typesetting.") == 0);
    return 0;
}
