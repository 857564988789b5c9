/* SPDX-License-Identifier: MIT */
/* cache.h - values that are expensive to compute, kept for the next who asks.
 *
 * Exercise 24: write cache.c, leave this file alone. The comments are the
 * contract; tests check nothing that is not promised here. */
#ifndef CACHE_H
#define CACHE_H
#include <stddef.h>

struct cache; /* opaque: its fields are yours to choose */

/* What the cache calls to find the value of `key`. `arg` is what cache_create
 * was given. It returns 0 and writes *out_value, or returns an errno number.
 * It may take as long as it likes. It may ask the same cache for other keys,
 * but not, on whatever detour, for the key it is computing. */
typedef int cache_compute(void *arg, int key, long *out_value);

/* Make an empty cache for at most `capacity` values.
 * Returns the cache, which the caller ends with cache_destroy; or NULL if
 * capacity is 0 or memory runs out. */
struct cache *cache_create(size_t capacity, cache_compute *compute, void *arg);

/* Write the value of `key` to *out_value: the one the cache has, or else the
 * one that `compute` returns, called in this thread and then kept.
 *
 * As long as the cache has the value, nobody computes it again; and no two
 * threads ever compute one key at the same time. Who asks for a key that
 * another thread is computing sleeps until that is over, and then begins
 * anew: has the cache the value? Calls for different keys do not wait for one
 * another's compute.
 *
 * Returns 0; ENOMEM if memory runs out; or what compute returned, if that is
 * not 0. If it is not 0, nothing is kept and nothing makes room, *out_value is
 * not written, and whoever waited for it tries for itself.
 * Threads: any number, at any time; compute itself, too. All that compute did
 * is visible to everyone who gets its value. */
int cache_get_or_compute(struct cache *c, int key, long *out_value);

/* Look, without computing anything, and without waiting for who does.
 * Returns 0 and writes *out_value; or ENOENT if the cache has no such value.
 * Threads: any number, at any time. */
int cache_peek(struct cache *c, int key, long *out_value);

/* Returns how many values the cache has at this moment, never more than its
 * capacity: into a full cache a new value goes in place of the one that was
 * kept first. Being asked for makes no value younger.
 * Threads: any number, at any time. */
size_t cache_count(struct cache *c);

/* Free the cache. No thread may be inside, or later enter, a cache call. */
void cache_destroy(struct cache *c);
#endif
