/* SPDX-License-Identifier: MIT */
/* counter.c - a right counter for exercise 21, except that it calls act().
 *
 * run.sh appends this file to each of cases/ and grades the sum. act() is
 * called once, on the test's own thread, in one test only (the counter that
 * starts at 7); with IN_WORKER by every worker of another test instead. With
 * ADDRESS_OF, address_of("fork") finds a function of libc without naming it,
 * which is what a look at the object file cannot see. */
#include "counter.h"

#include <pthread.h>
#include <stdlib.h>

struct counter {
    pthread_mutex_t lock; /* guards value */
    long value;
};

#ifdef IN_WORKER
enum { ACT_CREATE = 0, ACT_WORKER = 1 };
#else
enum { ACT_CREATE = 1, ACT_WORKER = 0 };
#endif

struct counter *counter_create(long start)
{
    struct counter *c = malloc(sizeof *c);

    if (c == NULL) {
        return NULL;
    }
    if (pthread_mutex_init(&c->lock, NULL) != 0) {
        free(c);
        return NULL;
    }
    c->value = start;
    if (ACT_CREATE && start == 7) {
        act();
    }
    return c;
}

long counter_add(struct counter *c, long delta)
{
    long now;

    pthread_mutex_lock(&c->lock);
    c->value += delta;
    now = c->value;
    pthread_mutex_unlock(&c->lock);
    return now;
}

bool counter_add_within(struct counter *c, long delta, long limit)
{
    bool fits;

    if (ACT_WORKER && limit == 60) {
        act();
    }
    pthread_mutex_lock(&c->lock);
    fits = c->value + delta <= limit;
    if (fits) {
        c->value += delta;
    }
    pthread_mutex_unlock(&c->lock);
    return fits;
}

long counter_get(struct counter *c)
{
    long now;

    pthread_mutex_lock(&c->lock);
    now = c->value;
    pthread_mutex_unlock(&c->lock);
    return now;
}

void counter_destroy(struct counter *c)
{
    pthread_mutex_destroy(&c->lock);
    free(c);
}

#ifdef ADDRESS_OF
#include <link.h>
#include <stdint.h>
#include <string.h>

struct search {
    const char *name;
    void *found;
};

/* The symbol table has no length of its own: the string table follows it. */
static int search_object(struct dl_phdr_info *info, size_t size, void *arg)
{
    struct search *s = arg;
    const ElfW(Dyn) *dyn = NULL;
    const ElfW(Sym) *symbols = NULL;
    const char *strings = NULL;

    (void)size;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        if (info->dlpi_phdr[i].p_type == PT_DYNAMIC) {
            dyn = (const void *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
        }
    }
    if (strstr(info->dlpi_name, "libc.so") == NULL) {
        return 0;
    }
    for (; dyn != NULL && dyn->d_tag != DT_NULL; dyn++) {
        if (dyn->d_tag == DT_SYMTAB) {
            symbols = (const void *)dyn->d_un.d_ptr;
        } else if (dyn->d_tag == DT_STRTAB) {
            strings = (const void *)dyn->d_un.d_ptr;
        }
    }
    for (; symbols != NULL && (const void *)symbols < (const void *)strings;
         symbols++) {
        if (symbols->st_value != 0 &&
            strcmp(strings + symbols->st_name, s->name) == 0) {
            s->found = (void *)(info->dlpi_addr + symbols->st_value);
        }
    }
    return 1;
}

static void *address_of(const char *name)
{
    struct search s = {name, NULL};

    dl_iterate_phdr(search_object, &s);
    return s.found != NULL ? s.found : (void *)(uintptr_t)16;
}
#endif
