/* SPDX-License-Identifier: MIT */
/* map.h - a hash map from numbers to numbers, with several locks.
 *
 * Exercise 26: write map.c, leave this file alone. The comments are the
 * contract; tests check nothing that is not promised here.
 *
 * The keys are dealt out to stripes: with n stripes, key k belongs to stripe
 * k % n. A call that is about one key waits only for calls that are about a
 * key of the same stripe, or about all keys. So with one stripe it is a map
 * with one lock, and with more of them more calls can go on side by side. The
 * answers are the same.
 *
 * Threads: any number may be in any of the calls at any time, except where it
 * says otherwise. They never block one another for good. */
#ifndef MAP_H
#define MAP_H
#include <stddef.h>

struct map; /* opaque: its fields are yours to choose */

/* Make an empty map with `stripes` stripes and at least `buckets` buckets, the
 * lists on which the entries hang; where they hang is yours to choose.
 * Returns the map, which the caller ends with map_destroy; or NULL if one of
 * the two is 0 or memory runs out. */
struct map *map_create(size_t buckets, size_t stripes);

/* Returns 0 and writes the value of `key` to *out_value, or returns ENOENT if
 * there is none. About `key`. */
int map_get(struct map *m, unsigned key, long *out_value);

/* Work out a new value from the old one. */
typedef long map_change(void *arg, long value);

/* Replace the value of `key` by what change(arg, value) returns, in one step:
 * the value does not change between the call of change and its return. A key
 * that is not there counts as 0, and is there afterwards. change is called
 * once, in this thread; it may take long, and makes no map call.
 * Returns 0, or ENOMEM (change was not called then, and all is as it was).
 * About `key`. */
int map_update(struct map *m, unsigned key, map_change *change, void *arg);

/* Give the entry of key `from` to key `to`, in one step: at no moment can
 * another thread find both, or neither. It takes no memory.
 * Returns 0; ENOENT if there is no `from`; or else EEXIST if there is a `to`,
 * which it is when from is to. After an error all is as it was.
 * About `from` and `to`. */
int map_move(struct map *m, unsigned from, unsigned to);

/* Returns how many keys there are, all of them at one and the same moment.
 * About all keys. */
size_t map_count(struct map *m);

/* See to it that there are at least `buckets` buckets; there are never fewer
 * than before. Nobody sees a difference: the entries stay.
 * Returns 0, or ENOMEM. About all keys. */
int map_grow(struct map *m, size_t buckets);

/* Free the map. No thread may be inside, or later enter, a map call. */
void map_destroy(struct map *m);
#endif
