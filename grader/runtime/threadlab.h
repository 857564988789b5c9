/* SPDX-License-Identifier: MIT */
/* threadlab.h - what a test may ask of the kit, whichever runner runs it.
 *
 * A test of an exercise includes this file only when it needs the world to
 * misbehave on purpose. It works under the stock Criterion runner as well as
 * under the kit's own. */
#ifndef THREADLAB_H
#define THREADLAB_H

/* Let the next `after` calls of pthread_create succeed and every later one
 * fail with EAGAIN, in the test and in the code under test, until
 * tl_fail_create(-1) turns this off. It is off at the start of each test.
 * Threads: call it while no other thread may be inside pthread_create. */
void tl_fail_create(int after);

/* The same, but only the one call behind those `after` fails: a start that
 * fails between two that succeed. */
void tl_fail_create_once(int after);

/* The same for memory: the next `after` calls of malloc, calloc, realloc and
 * aligned_alloc succeed, later ones return NULL with ENOMEM. Calls that the C
 * library makes inside itself are not counted and do not fail. Any thread. */
void tl_fail_malloc(int after);

#endif
