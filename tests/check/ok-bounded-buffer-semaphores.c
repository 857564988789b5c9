/* SPDX-License-Identifier: MIT */
/* Right: the classic three semaphores: room, items and a binary one as the
 * lock. Works through standard input line by line. */
/* stdin: one two three four five six seven eight nine ten eleven twelve */
#include <ctype.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>

#define SIZE 4

char buffer[SIZE][32];
int in, out;
sem_t room, items, lock;
int words, letters; /* the consumer's own until it is joined */

void put(const char *word)
{
    sem_wait(&room);
    sem_wait(&lock);
    snprintf(buffer[in], sizeof(buffer[in]), "%s", word);
    in = (in + 1) % SIZE;
    sem_post(&lock);
    sem_post(&items);
}

void *producer(void *unused)
{
    char word[32];

    (void)unused;
    while (scanf("%31s", word) == 1) {
        put(word);
    }
    put(".");
    return NULL;
}

void *consumer(void *unused)
{
    char word[32];

    (void)unused;
    while (1) {
        sem_wait(&items);
        sem_wait(&lock);
        memcpy(word, buffer[out], sizeof(word));
        out = (out + 1) % SIZE;
        sem_post(&lock);
        sem_post(&room);
        if (strcmp(word, ".") == 0) {
            break;
        }
        words++;
        for (char *p = word; *p != '\0'; p++) {
            letters += isalpha((unsigned char)*p) != 0;
        }
    }
    return NULL;
}

int main(void)
{
    pthread_t p, c;

    sem_init(&room, 0, SIZE);
    sem_init(&items, 0, 0);
    sem_init(&lock, 0, 1);
    pthread_create(&p, NULL, producer, NULL);
    pthread_create(&c, NULL, consumer, NULL);
    pthread_join(p, NULL);
    pthread_join(c, NULL);
    printf("%d words, %d letters\n", words, letters);
    return 0;
}
