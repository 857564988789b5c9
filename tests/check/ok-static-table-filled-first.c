/* SPDX-License-Identifier: MIT */
/* Right: a static local table is filled at the first call, without any
 * protection; but main makes that call before it starts the threads, and
 * pthread_create orders it before all they do. After that the table and its
 * flag are only read. */
#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>

#define THREADS 3

static int bits_set(unsigned char byte)
{
    static int table[16];
    static bool filled;

    if (!filled) {
        for (int i = 1; i < 16; i++) {
            table[i] = table[i / 2] + i % 2;
        }
        filled = true;
    }
    return table[byte % 16] + table[byte / 16];
}

struct task {
    unsigned char byte;
    int bits;
};

static void *count_bits(void *arg)
{
    struct task *t = arg;

    t->bits = bits_set(t->byte);
    return NULL;
}

int main(void)
{
    struct task task[THREADS] = {{0x01, 0}, {0x3c, 0}, {0xff, 0}};
    pthread_t t[THREADS];
    int total = 0;

    (void)bits_set(0); /* fills the table */
    for (int i = 0; i < THREADS; i++) {
        pthread_create(&t[i], NULL, count_bits, &task[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(t[i], NULL);
        total += task[i].bits;
    }
    printf("%d bits\n", total);
    assert(total == 13);
    return 0;
}
