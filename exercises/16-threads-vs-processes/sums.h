/* SPDX-License-Identifier: MIT */
/* sums.h - one sum, computed by threads or by processes.
 *
 * Exercise 16: write sums.c, leave this file alone. The comments are the
 * contract; tests check nothing that is not promised here. */
#ifndef SUMS_H
#define SUMS_H
#include <stddef.h>

/* Add up term(0, arg), term(1, arg), ... term(n - 1, arg) in `workers` new
 * threads, which are at work at the same time, each on a share of the indexes.
 * Which worker computes which terms is yours to choose; but none is without a
 * term, unless workers is greater than n. Each term is computed once, and none
 * by the calling thread.
 * term may write to memory of the caller, who sees it all when this returns;
 * that no two terms get in each other's way is the caller's business.
 *
 * Returns 0 and writes the sum to *out_sum; EINVAL if workers is 0; ENOMEM; or
 * the error of pthread_create if not all workers could be started: those that
 * could have then worked to their end. Every worker has been joined.
 * *out_sum is written only on 0. The sum must fit into a long.
 * Threads: any number, sum_by_processes at the same time included. */
int sum_by_threads(size_t n, size_t workers,
                   long (*term)(size_t index, void *arg), void *arg,
                   long *out_sum);

/* The same with `workers` new processes, children of the caller's, which end
 * when they have done their share. What term writes to memory stays in the
 * worker: the caller sees nothing of it, unless that memory was mapped to be
 * shared (mmap, MAP_SHARED).
 *
 * A worker that ends before its share is done, by a signal or because term
 * calls _exit, spoils the sum, and nothing else.
 *
 * Returns 0 and writes the sum to *out_sum; EINVAL if workers is 0; ENOMEM; the
 * error of fork or of another system call; or EIO if a worker ended early.
 * Every worker has ended and has been waited for, in every case. Other
 * children of the process are left alone, for whoever has made them.
 * Nothing that the caller has not done happens in the workers but term: they
 * run no exit handlers and write out no stdio buffers.
 * *out_sum is written only on 0. The sum must fit into a long.
 * Threads: any number, both functions included. (A worker begins with a copy
 * of the calling thread only; what term needs must not depend on others.) */
int sum_by_processes(size_t n, size_t workers,
                     long (*term)(size_t index, void *arg), void *arg,
                     long *out_sum);

#endif
