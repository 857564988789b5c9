/* SPDX-License-Identifier: MIT */
/* io.h - between the wrapped calls on descriptors (wrap_io.c) and the timers
 * that are descriptors (wrap_timerfd.c), in a controlled run. */
#ifndef IO_H
#define IO_H

#include <stdbool.h>
#include <stdint.h>

/* Would a call that waits for `events` on this descriptor go on now? */
bool io_ready(int fd, short events);

/* When the next timer runs out that nobody could read before; SCHED_NEVER. */
uint64_t timerfd_next(void);

/* The clock has moved: makes readable what has run out. True if any has. */
bool timerfd_reached(void);

void timerfd_closed(int fd);

#endif
