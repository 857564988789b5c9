/* SPDX-License-Identifier: MIT */
/* workers.h - start a group of threads and wait for all of them.
 *
 * Exercise 11: write workers.c, leave this file alone. The comments are the
 * contract; tests check nothing that is not promised here. */
#ifndef WORKERS_H
#define WORKERS_H
#include <stddef.h>

/* Call work(0, arg), work(1, arg), ... work(n - 1, arg), each in a new thread
 * of its own, all at the same time (workers may wait for one another), and
 * return when every thread that was started has ended and has been joined.
 *
 * If a thread cannot be started, no further start is attempted. The workers
 * already started still run to their end and are waited for.
 *
 * Returns 0 if all n workers ran (n may be 0), else the error number that
 * pthread_create gave, or ENOMEM. The process is never ended.
 * In every case the number of workers started is stored in *out_started,
 * unless out_started is NULL. Call it s: work ran exactly once for each index
 * from 0 to s - 1, and for no other.
 * Ownership: arg is passed on and not otherwise touched. Whatever workers_run
 * allocates it has freed when it returns.
 * Threads: any number may call it at the same time, workers included. */
int workers_run(size_t n, void (*work)(size_t index, void *arg), void *arg,
                size_t *out_started);

#endif
