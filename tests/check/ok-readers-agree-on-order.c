/* SPDX-License-Identifier: MIT */
/* Right: two runners cross the line, each with a flag of its own, and two
 * judges look at the flags in opposite order. All accesses are sequentially
 * consistent: in their single order one flag goes up first, and no judge
 * can see only the other one up that looked there first. */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>

static atomic_bool red, blue;

struct judge {
    atomic_bool *first, *second;
    bool saw_first_only;
};

static void *cross(void *flag)
{
    atomic_store((atomic_bool *)flag, true);
    return NULL;
}

static void *watch(void *arg)
{
    struct judge *j = arg;
    bool one = atomic_load(j->first);
    bool two = atomic_load(j->second);

    j->saw_first_only = one && !two;
    return NULL;
}

int main(void)
{
    struct judge judge[2] = {{.first = &red, .second = &blue},
                             {.first = &blue, .second = &red}};
    pthread_t t[4];

    pthread_create(&t[0], NULL, cross, &red);
    pthread_create(&t[1], NULL, cross, &blue);
    pthread_create(&t[2], NULL, watch, &judge[0]);
    pthread_create(&t[3], NULL, watch, &judge[1]);
    for (int i = 0; i < 4; i++) {
        pthread_join(t[i], NULL);
    }
    assert(!(judge[0].saw_first_only && judge[1].saw_first_only));
    puts("the judges agree");
    return 0;
}
