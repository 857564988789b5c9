/* SPDX-License-Identifier: MIT */
/* visits.h - who counts the visits to the pages of a site.
 *
 * Exercise 66: write visits.c, leave this file alone. The comments are the
 * contract; tests check nothing that is not promised here.
 *
 * It is a class in Python, in the lesson, that was safe enough with a GIL. Here
 * each function takes place in one step: whoever looks, before or after, in
 * this thread or in another, never sees half of it. */
#ifndef VISITS_H
#define VISITS_H

struct visits; /* opaque: its fields are yours to choose */

/* Make an object that knows no pages. measure(arg) will be called by
 * visits_base.
 * Returns it, for the caller to give to visits_destroy; or NULL if there is no
 * memory. *arg is never touched. */
struct visits *visits_create(long (*measure)(void *arg), void *arg);

/* A page was visited: its count and the total go up by one, and the page is
 * appended to the log. A page not known so far is made known.
 * Returns 0; or ENOMEM, and nothing has changed.
 * Threads: any number, at any time. */
int visits_hit(struct visits *v, int page);

/* Returns how often the page was visited; 0 if it is not known.
 * Threads: any number, at any time. */
long visits_count(struct visits *v, int page);

/* Take the total: it begins again at 0. The counts and the log stay.
 * Returns what it was. Each visit is in one total, and no more.
 * Threads: any number, at any time. */
long visits_take(struct visits *v);

/* Give the page a title, in place of the one it has. The text is copied. A page
 * not known so far is made known, with no visits.
 * Returns 0; or ENOMEM, and nothing has changed.
 * Threads: any number, at any time. */
int visits_set_title(struct visits *v, int page, const char *title);

/* Returns a copy of the page's title, which the caller frees; or NULL if it has
 * none, or there is no memory.
 * Threads: any number, at any time. */
char *visits_title(struct visits *v, int page);

/* Call call(page, arg) for each visit in the log, as it is at one moment during
 * this call of visits_each, oldest first. Visits that come later are left out.
 * The calls may use all functions of `v` but visits_destroy, and may wait for
 * threads that do.
 * Returns 0; or ENOMEM, and no call was made.
 * Threads: any number, at any time. */
int visits_each(struct visits *v, void (*call)(int page, void *arg), void *arg);

/* Returns what measure(arg) has returned. It is called when visits_base is
 * called for the first time, and never again; who comes meanwhile waits until
 * it is there. measure may use all functions of `v` but visits_base and
 * visits_destroy, and may wait for threads that do.
 * Threads: any number, at any time. What measure has done is visible. */
long visits_base(struct visits *v);

/* Free all. No thread may be inside, or later enter, a call on `v`. */
void visits_destroy(struct visits *v);
#endif
