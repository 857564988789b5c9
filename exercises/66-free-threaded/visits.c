/* SPDX-License-Identifier: MIT */
/* visits.c - who counts the visits to the pages of a site. Your work; see
 * visits.h. */
#include "visits.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct visits {
    long total; /* TODO: the rest, and say which lock guards what */
};

/* TODO: an object without pages. */
struct visits *visits_create(long (*measure)(void *arg), void *arg)
{
    (void)measure;
    (void)arg;
    return NULL;
}

/* TODO: three things change. Which of them can fail? */
int visits_hit(struct visits *v, int page)
{
    (void)v;
    (void)page;
    return ENOSYS;
}

/* TODO: reading shared data needs a lock like writing it. */
long visits_count(struct visits *v, int page)
{
    (void)v;
    (void)page;
    return 0;
}

/* TODO: to read it and to set it to 0 are one step. */
long visits_take(struct visits *v)
{
    (void)v;
    return 0;
}

/* TODO: somebody may be reading the old title. */
int visits_set_title(struct visits *v, int page, const char *title)
{
    (void)v;
    (void)page;
    (void)title;
    return ENOSYS;
}

/* TODO: until when is the title there? */
char *visits_title(struct visits *v, int page)
{
    (void)v;
    (void)page;
    return NULL;
}

/* TODO: the log may grow meanwhile, and call may be who makes it grow. */
int visits_each(struct visits *v, void (*call)(int page, void *arg), void *arg)
{
    (void)v;
    (void)call;
    (void)arg;
    return ENOSYS;
}

/* TODO: measure once. Under which lock? */
long visits_base(struct visits *v)
{
    (void)v;
    return 0;
}

/* TODO: give back all there is. */
void visits_destroy(struct visits *v)
{
    (void)v;
}
