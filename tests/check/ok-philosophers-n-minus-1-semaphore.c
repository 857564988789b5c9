/* SPDX-License-Identifier: MIT */
/* Right: at most n-1 philosophers sit down at once, so whatever order the
 * forks are taken in, somebody always gets two and the circle cannot close. */
/* args: 5 40 */
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX_SEATS 16

struct table {
    int seats;   /* constant after start */
    int rounds;  /* constant after start */
    sem_t chair; /* seats - 1 permits */
    pthread_mutex_t fork[MAX_SEATS];
};

struct philosopher {
    struct table *table;
    int seat;
    long eaten; /* written by its own thread, read after the join */
};

static void *dine(void *arg)
{
    struct philosopher *me = arg;
    struct table *t = me->table;
    pthread_mutex_t *left = &t->fork[me->seat];
    pthread_mutex_t *right = &t->fork[(me->seat + 1) % t->seats];

    for (int i = 0; i < t->rounds; i++) {
        sem_wait(&t->chair);
        pthread_mutex_lock(left);
        pthread_mutex_lock(right);
        me->eaten++;
        pthread_mutex_unlock(right);
        pthread_mutex_unlock(left);
        sem_post(&t->chair);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    struct table t = {.seats = argc > 1 ? atoi(argv[1]) : 5,
                      .rounds = argc > 2 ? atoi(argv[2]) : 40};
    struct philosopher who[MAX_SEATS];
    pthread_t thread[MAX_SEATS];
    long total = 0;

    if (t.seats < 2 || t.seats > MAX_SEATS) {
        fprintf(stderr, "between 2 and %d seats, please\n", MAX_SEATS);
        return 2;
    }
    sem_init(&t.chair, 0, (unsigned)t.seats - 1);
    for (int i = 0; i < t.seats; i++) {
        pthread_mutex_init(&t.fork[i], NULL);
    }
    for (int i = 0; i < t.seats; i++) {
        who[i] = (struct philosopher){.table = &t, .seat = i};
        pthread_create(&thread[i], NULL, dine, &who[i]);
    }
    for (int i = 0; i < t.seats; i++) {
        pthread_join(thread[i], NULL);
        total += who[i].eaten;
    }
    for (int i = 0; i < t.seats; i++) {
        pthread_mutex_destroy(&t.fork[i]);
    }
    sem_destroy(&t.chair);
    printf("%d philosophers ate %ld meals\n", t.seats, total);
    return total == (long)t.seats * t.rounds ? 0 : 1;
}
