/* SPDX-License-Identifier: MIT */
/* Right: pthread_once builds the table for whoever comes first; the others
 * wait for it inside pthread_once and then read without a lock. */
#include <pthread.h>
#include <stdio.h>

#define LIMIT 200

static pthread_once_t once = PTHREAD_ONCE_INIT;
static unsigned char composite[LIMIT];
static int built;

static void sieve(void)
{
    for (int i = 2; i * i < LIMIT; i++) {
        for (int j = i * i; j < LIMIT && !composite[i]; j += i) {
            composite[j] = 1;
        }
    }
    built++;
}

static int is_prime(int n)
{
    pthread_once(&once, sieve);
    return n >= 2 && !composite[n];
}

static void *count(void *arg)
{
    int *n = arg;
    int from = *n;

    *n = 0;
    for (int i = from; i < from + 50; i++) {
        *n += is_prime(i);
    }
    return NULL;
}

int main(void)
{
    int n[4] = {0, 50, 100, 150};
    pthread_t t[4];
    int total = 0;

    for (int i = 0; i < 4; i++) {
        pthread_create(t + i, NULL, count, n + i);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(t[i], NULL);
        total += n[i];
    }
    printf("%d primes below %d, table built %d time\n", total, LIMIT, built);
    return total == 46 && built == 1 ? 0 : 1;
}
