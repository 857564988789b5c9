/* SPDX-License-Identifier: MIT */
/* Arrays and structs on stacks, passed by value, returned, as long as a number
 * says, and given to threads that are joined before they are read. */
#include <assert.h>
#include <pthread.h>
#include <stdarg.h>
#include <string.h>

enum { THREADS = 3 };

struct part {
    int from, to;
    struct {
        long value;
        char name[8];
    } sum;
};

static struct part named(struct part p, const char *name)
{
    struct part copy = p;

    strncpy(copy.sum.name, name, sizeof copy.sum.name - 1);
    return copy;
}

static void *add_up(void *arg)
{
    struct part *p = arg;
    int squares[p->to - p->from];

    for (int i = p->from; i < p->to; i++) {
        squares[i - p->from] = i * i;
    }
    for (int i = p->from; i < p->to; i++) {
        p->sum.value += squares[i - p->from];
    }
    return NULL;
}

static long total(int count, ...)
{
    va_list parts;
    long sum = 0;

    va_start(parts, count);
    for (int i = 0; i < count; i++) {
        sum += va_arg(parts, struct part).sum.value;
    }
    va_end(parts);
    return sum;
}

int main(void)
{
    struct part parts[THREADS] = {{.from = 0}};
    pthread_t threads[THREADS];

    for (int i = 0; i < THREADS; i++) {
        parts[i] = named((struct part){.from = 4 * i, .to = 4 * i + 4}, "part");
        assert(pthread_create(&threads[i], NULL, add_up, &parts[i]) == 0);
    }
    for (int i = 0; i < THREADS; i++) {
        assert(pthread_join(threads[i], NULL) == 0);
        assert(strcmp(parts[i].sum.name, "part") == 0);
    }
    assert(total(3, parts[0], parts[1], parts[2]) == 506);
    return 0;
}
