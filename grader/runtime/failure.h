/* SPDX-License-Identifier: MIT */
/* failure.h - what is wrong with the last run of a case, in `rt` and its
 * outcome, and whether it is the same as what was wrong with another. The
 * server only. */
#ifndef FAILURE_H
#define FAILURE_H

#include "server.h"

/* So many runs show what a program usually prints and ends with. */
enum { FAILURE_USUAL = 20 };

/* What makes two failures the same one. */
struct failure {
    enum rt_end end;
    const char *word;
    int note, crash_signal, reports, exit_status;
    bool differs;
    uintptr_t note_pc, crash_pc;
    unsigned line;
};

/* True if anything is wrong with the run. */
bool failure_in(const struct outcome *o);

struct failure failure_of(const struct outcome *o);
bool failure_is(const struct failure *f, const struct outcome *o); /* again */

/* The index of the first note that counts as one, or -1. */
int failure_note(void);

/* True if a thread went on after a spurious wake-up; `again`: and waited there
 * once more later. */
bool failure_woke_up(bool again);

/* True if the program has ended with another exit status than was asked for. */
bool failure_unexpected(const struct outcome *o);

/* What the run printed and ended with, as a number. */
uint64_t failure_result(const struct outcome *o);

/* A program whose result no other schedule changes, but a wake-up that nobody
 * sent does, has taken that for a signal: true if this run shows it. Runs are
 * learnt from, each as if it had been seen so many times. */
bool failure_differs(const struct outcome *o);
void failure_learn(const struct outcome *o, unsigned times);

/* Another case begins. */
void failure_reset(void);

#endif
