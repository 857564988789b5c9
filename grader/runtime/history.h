/* SPDX-License-Identifier: MIT */
/* history.h - the values that atomic objects have held, and which of them a
 * load may still return under C11's memory model.
 *
 * The order in which stores are made is their modification order. A load may
 * return any store that is not older than one the thread has to know of: one
 * that happened before the load, or was seen by something that did (coherence,
 * C11 5.1.2.4), or, if it is sequentially consistent, the last one that was so
 * as well. A read-modify-write takes the last. The base schedule always takes
 * the last, so an older value is a choice as any other: recorded, reduced,
 * replayed, told.
 *
 * Acquire and release are kept here too, with fences and release sequences
 * (5.1.2.4, 7.17.3, 7.17.4). After operational models of the kind of Lidbury
 * and Donaldson, "Dynamic Race Detection for C++11", POPL 2017. Consume is
 * acquire. A fence that is sequentially consistent synchronises with every
 * later one, which is a little more than C11 says: so nobody is accused
 * wrongly.
 *
 * In runs that keep happens-before (hb.h); the thread with the turn. */
#ifndef HISTORY_H
#define HISTORY_H

#include "rt.h"

struct atomic_object {
    uintptr_t addr;
    unsigned size;  /* bytes */
    uint64_t value; /* what memory holds now; 0 of more than 8 bytes */
};

/* What a memory order does. */
bool history_acquires(int order);
bool history_releases(int order);

/* The value that a load returns. `*back`: how many stores it is older than the
 * last one. */
uint64_t history_load(struct rt_thread *t, const struct atomic_object *o,
                      int order, int *back);

/* `value` is about to be stored. */
void history_store(struct rt_thread *t, const struct atomic_object *o,
                   int order, uint64_t value);

/* The same for a read-modify-write. */
void history_update(struct rt_thread *t, const struct atomic_object *o,
                    int order, uint64_t value);

/* A compare-exchange that finds another value: a load of the last one. */
void history_look(struct rt_thread *t, const struct atomic_object *o,
                  int order);

void history_fence(struct rt_thread *t, int order);

/* What is in this memory now is new. */
void history_forget(uintptr_t from, uintptr_t to);

#endif
