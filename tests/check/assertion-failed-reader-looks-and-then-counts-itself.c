/* SPDX-License-Identifier: MIT */
/* Wrong: a reader that sees no writer counts itself in a second step, and the
 * writer may come in between. Every access is under the mutex; both spin. */
#include <assert.h>
#include <pthread.h>
#include <stdbool.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static bool writing; /* guarded by m, as all that follows */
static int readers, value;

static bool is_writing(void)
{
    bool is;

    pthread_mutex_lock(&m);
    is = writing;
    pthread_mutex_unlock(&m);
    return is;
}

static bool begins_to_write(void)
{
    bool may;

    pthread_mutex_lock(&m);
    may = !writing && readers == 0;
    writing = writing || may;
    pthread_mutex_unlock(&m);
    return may;
}

static void count_readers(int more)
{
    pthread_mutex_lock(&m);
    readers += more;
    pthread_mutex_unlock(&m);
}

static int value_now(void)
{
    int now;

    pthread_mutex_lock(&m);
    now = value;
    pthread_mutex_unlock(&m);
    return now;
}

static void *writes(void *arg)
{
    while (!begins_to_write()) {
    }
    pthread_mutex_lock(&m);
    value = 3;
    writing = false;
    pthread_mutex_unlock(&m);
    return arg;
}

static void *reads(void *arg)
{
    int first;

    while (is_writing()) {
    }
    count_readers(1);
    first = value_now();
    assert(value_now() == first);
    count_readers(-1);
    return arg;
}

int main(void)
{
    pthread_t writer, reader;

    pthread_create(&writer, NULL, writes, NULL);
    pthread_create(&reader, NULL, reads, NULL);
    pthread_join(writer, NULL);
    pthread_join(reader, NULL);
    return 0;
}
