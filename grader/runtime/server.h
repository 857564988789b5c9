/* SPDX-License-Identifier: MIT */
/* server.h - the watching side: what the server knows of a run that has
 * ended. Single-threaded: only the server process calls these. */
#ifndef SERVER_H
#define SERVER_H

#include "rt.h"

#include <stdio.h>

struct outcome {
    enum rt_end end;
    const char *word; /* instead of end's name: exited, killed, output */
    int exit_status, term_signal;
    long cpu_ms;
    bool cut_off;      /* it took the whole time limit */
    bool asleep;       /* most of its time passed while nobody ran */
    bool at_work;      /* it was cut off, but got on until then */
    int held_back;     /* whom a hold paused when the run ended, or -1 */
    char output[4096]; /* the end of what it printed */
    size_t output_length;
    long output_size;
    bool differs; /* its output, from every run without spurious wake-ups */
};

/* Write the run in `rt` and `o` to `f` as one line; with what an exploration
 * came to, if it was one (else NULL). */
struct explored;
void emit_run(FILE *f, const struct outcome *o, const struct explored *x);

/* Milliseconds of wall time since some moment. */
long now_ms(void);

/* Processor time thread `index` had used when its run was ended, in
 * milliseconds; 0 if it was not looked at. */
long server_thread_cpu_ms(int index);

/* watch.c: follow the child `pid` until it ends or has to be ended.
 * `limit_ms` is in progress time (watch.c), `quiet_cpu_ms` what an
 * undisturbed run of this case takes. Fills end, word, status, signal,
 * cpu_ms, cut_off, asleep and held_back. */
void watch_child(pid_t pid, long limit_ms, long quiet_cpu_ms, long memory_mb,
                 struct outcome *o);

#endif
