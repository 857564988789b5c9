/* SPDX-License-Identifier: MIT */
/* procpool.h - processes that compute for the threads of this one.
 *
 * Exercise 47: write procpool.c, leave this file alone. The comments are the
 * contract; tests check nothing that is not promised here. */
#ifndef PROCPOOL_H
#define PROCPOOL_H
#include <stddef.h>

struct procpool; /* opaque: its fields are yours to choose */

/* Start `workers` processes, by fork. Each will call task(in, out) for whatever
 * it is sent: in points at in_size bytes, out at out_size bytes that the task
 * fills, each aligned as by malloc. Both sizes are at least 1. Bytes are copied
 * from process to process; pointers in them would mean nothing to the other
 * side.
 * The workers have copies of all that this process has now, descriptors
 * included. Apart from what fork itself calls they run no code of the caller
 * but task, no exit handlers, and write out no stdio buffers. They end when the
 * pool is destroyed.
 * Returns the pool, which the caller ends with procpool_destroy; or NULL if
 * workers is 0, or if memory, descriptors or processes run out: then those
 * already started have ended and been waited for.
 * Call it while the process has no other threads, and no other pool: a process
 * forked while a pool exists has copies of its descriptors. */
struct procpool *procpool_create(size_t workers,
                                 void (*task)(const void *in, void *out),
                                 size_t in_size, size_t out_size);

/* Have task(in, out) called in one of the workers, and sleep until it has
 * returned. A worker has one task at a time; if all are busy, this waits for
 * one to become free. Tasks of different threads run at the same time, as long
 * as there are workers.
 * Returns 0, with the result in out; EIO if the worker has ended, in this task
 * or before it; or ECHILD if no worker is left. If it is not 0, what is in out
 * means nothing. The loss of a worker costs one call: the others go on, and
 * nothing more is sent to it. A handler for a signal may run in the meantime,
 * and changes nothing.
 * Threads: any number, at any time. */
int procpool_call(struct procpool *p, const void *in, void *out);

/* End the workers, wait for all of them, and free the pool. No child, no
 * descriptor and no memory of it is left. Other children of the process are
 * left alone. No thread may be inside, or later enter, a call on the pool. */
void procpool_destroy(struct procpool *p);
#endif
