/* SPDX-License-Identifier: MIT */
/* search.h - all schedules of a case, not a sample of them.
 *
 * A run under the strategy `search` logs one event for each stretch of a thread
 * between two decisions: who ran, who else could have, and what it touched. Two
 * stretches that touch nothing in common commute, so of schedules that differ
 * in their order alone one will do: dynamic partial-order reduction (Flanagan
 * and Godefroid, POPL 2005) with source sets (Abdulla, Aronis, Jonsson,
 * Sagonas, POPL 2014) and sleep sets (Godefroid 1996). With a bound on
 * preemptions the places where a thread began to run are tried, too (Coons,
 * Musuvathi, McKinley, OOPSLA 2013), and there are no sleep sets.
 *
 * What it proves holds for schedules in which waits end only when signalled,
 * loads return the last value stored, and a thread without a stop is not cut
 * short. A run that depends on anything else (time, descriptors, signals, other
 * processes, chance) ends the search without a proof. */
#ifndef SEARCH_H
#define SEARCH_H

#include "explore.h"

/* -- what the two sides share ---------------------------------------------- */

/* True if the order of two touches of one thing matters; and if both could be
 * next in line at one time, so that there is a choice. */
bool search_conflict(const struct rt_touch *a, const struct rt_touch *b);
bool search_coenabled(const struct rt_touch *a, const struct rt_touch *b);
bool search_dependent(const struct rt_touch *a, int a_count,
                      const struct rt_touch *b, int b_count);

/* -- the server ------------------------------------------------------------ */

struct searched {
    unsigned schedules; /* complete runs, each of another kind */
    unsigned runs;      /* all of them */
    bool complete;      /* there are no more */
    bool failed;        /* the last run failed */
    int bound;          /* preemptions at most; -1: as many as one likes */
    unsigned left_out; /* what was not tried in any of them: enum rt_left_out */
    unsigned results;  /* different ones, by what the runs printed and ended
                          with ... */
    uint64_t sum;      /* ... and all of them together */
};

enum { SEARCH_FREELY = -1 };

/* Goes on with the search until it is complete, a run fails, it turns out to
 * be impossible, or `budget` runs were made. `reduce`: leave out what commutes
 * (else every interleaving is tried). */
struct searched search(const struct explorer *e, int bound, bool reduce,
                       unsigned budget, struct outcome *o);

#endif
