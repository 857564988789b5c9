/* SPDX-License-Identifier: MIT */
/* station.h - a station whose workers read instruments: ask for a reading, do
 * something else, come back for the answer.
 *
 * Exercise 68: station.c is written, and full of faults. Mend it, leave this
 * file alone. The comments are the contract; tests check nothing that is not
 * promised here. */
#ifndef STATION_H
#define STATION_H

struct station; /* opaque */

enum {
    STATION_IDS = 16,   /* instruments are called 0 to 15 */
    STATION_TRIES = 4,  /* one instrument is read at most so often */
    STATION_PAUSE = 10, /* milliseconds before the second try */
};

/* Reads instrument `id` into *out_value. Returns 0; or EAGAIN if the instrument
 * is overloaded and wants to be left alone for a while; or another errno number
 * if it failed. It may sleep, and wait for other readings to begin: workers
 * read different instruments at the same time. It may call station_ask and
 * station_count. */
typedef int station_read(void *arg, int id, int *out_value);

/* Where the questions are. */
struct station_count {
    int asked;    /* questions ever; the sum of those below, always */
    int queued;   /* no worker has begun */
    int in_work;  /* a worker is at it, or pauses before it tries again */
    int answered; /* with a value */
    int failed;   /* with an error */
};

/* Start a station with `workers` threads, 1 or more, which read by calling
 * read(arg, id, ...). Returns it, or NULL if memory or threads run out (no
 * thread is left behind then). The caller owns it and ends it with
 * station_close. */
struct station *station_open(int workers, station_read *read, void *arg);

/* Ask for a reading of instrument `id`. Does not wait for it.
 * Returns 0, or EEXIST if that was asked before.
 * Threads: any, at any time, `read` included. */
int station_ask(struct station *s, int id);

/* Wait for the answer to a question that was asked before this call.
 * Returns 0 and the reading in *out_value; or what the instrument said when it
 * failed; or EAGAIN if it was overloaded at each of STATION_TRIES tries. Before
 * the second try a worker pauses for STATION_PAUSE milliseconds at least, and
 * before each further one twice as long as before.
 * Threads: any, at any time, but not `read`. */
int station_answer(struct station *s, int id, int *out_value);

/* Look where the questions are, all at one moment.
 * Threads: any, at any time, `read` included. */
void station_count(struct station *s, struct station_count *out);

/* Wait until every question has its answer, end the workers, free the station.
 * No other thread may be inside, or later enter, a station call; `read` may
 * still be called until this returns, and may ask no more. */
void station_close(struct station *s);
#endif
