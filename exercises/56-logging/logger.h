/* SPDX-License-Identifier: MIT */
/* logger.h - lines from any number of threads, whole and in order.
 *
 * Exercise 56: write logger.c, leave this file alone. The comments are the
 * contract; tests check nothing that is not promised here.
 *
 * A logger writes to a sink. It has two ways: directly, where the thread that
 * logs does the writing; or, between logger_start and logger_stop, through a
 * queue and a thread that does nothing but write. Either way each line comes
 * out once and whole, and the lines of one thread in their order, no matter
 * when the logger is started and stopped. */
#ifndef LOGGER_H
#define LOGGER_H
#include <stddef.h>

struct logger; /* opaque: its fields are yours to choose */

enum level { LEVEL_DEBUG, LEVEL_INFO, LEVEL_WARNING, LEVEL_ERROR };

/* The longest name of a thread, in bytes. */
enum { LOGGER_NAME_MAX = 15 };

/* Make a logger that drops all below `level`. It writes directly.
 * sink(arg, bytes, count) takes bytes, at least one and often fewer than
 * `count`, like write(2): it returns how many it took. It is never called by
 * two threads at the same time, and each call sees what the call before has
 * done. It uses no function of this logger.
 * Returns the logger, which the caller ends with logger_destroy; or NULL if
 * there is no memory. */
struct logger *logger_create(size_t (*sink)(void *arg, const char *bytes,
                                            size_t count),
                             void *arg, enum level level);

/* Name the calling thread, in the lines of all loggers. The name is copied,
 * the first LOGGER_NAME_MAX bytes of it. Lines logged before keep the name
 * they were logged under. Without a name it is "thread". */
void logger_name_thread(const char *name);

/* Drop all below `level` from now on.
 * Threads: any number, at any time. */
void logger_set_level(struct logger *l, enum level level);

/* Log a line: level, name of the calling thread and text, as in
 *     WARNING loader: 3 of 8 files are missing
 * with a newline at its end. The levels are called DEBUG, INFO, WARNING and
 * ERROR. The text can have any length, and is not used after the return.
 * In the direct way the line is in the sink when logger_log returns. Otherwise
 * it is in the queue, and logger_log waits neither for the sink nor for room.
 * Returns 0, also if the level was too low; or ENOMEM: there will be no line.
 * Threads: any number, at any time. */
int logger_log(struct logger *l, enum level level, const char *text);

/* Start the writing thread; from now on lines go through the queue.
 * Returns 0; EALREADY if it is started; or the error of pthread_create: then
 * the logger still writes directly.
 * Threads: start, stop and destroy are for one thread at a time. All other
 * functions can be used by others meanwhile (but for destroy). */
int logger_start(struct logger *l);

/* Sleep until all lines are in the sink whose logger_log has returned before
 * this call. The caller sees what the sink did with them.
 * Threads: any number, at any time. */
void logger_flush(struct logger *l);

/* End the writing thread and join it, if it is started. All lines that were
 * logged before are in the sink when this returns, and the caller sees what
 * the sink did; later ones are written directly. */
void logger_stop(struct logger *l);

/* Stop, and free the logger. No other thread may be inside, or later enter, a
 * call on it. */
void logger_destroy(struct logger *l);
#endif
