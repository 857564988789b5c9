/* SPDX-License-Identifier: MIT */
/* board.h - a board for one notice, which is published once and then read by
 * any number of threads, none of which ever waits.
 *
 * Exercise 27: write board.c, leave this file alone. The comments are the
 * contract; tests check nothing that is not promised here.
 *
 * No call waits for another thread, not even for one that is stopped in the
 * middle of a board call. So it is done with C11 atomics: locks, semaphores
 * and pthread_once are forbidden in this exercise. */
#ifndef BOARD_H
#define BOARD_H

struct board; /* opaque: its fields are yours to choose */

enum { NOTICE_ROOM = 24 }; /* for a text and the '\0' at its end */

struct notice {
    long number;
    char text[NOTICE_ROOM];
};

/* Make an empty board.
 * Returns the board, which the caller ends with board_destroy; or NULL if
 * memory runs out. */
struct board *board_create(void);

/* Publish a notice with this number and a copy of this text, unless there is
 * one already: the first stays for good. If several threads publish at the
 * same time, one of them is the first.
 *
 * Returns 0 if this call's notice is on the board, EALREADY if another one is.
 * Both times it writes where that notice is to *out_notice; read it as if it
 * came from board_read.
 * Returns EINVAL if the text is longer than NOTICE_ROOM - 1 bytes, ENOMEM if
 * memory runs out; it publishes and writes nothing then.
 * Threads: any number, at any time. */
int board_publish(struct board *b, long number, const char *text,
                  const struct notice **out_notice);

/* Returns the notice on the board, or NULL if there is none yet. It is
 * complete, it stays the same, and it may be read until board_destroy.
 * Threads: any number, at any time. All that the publishing thread did before
 * it published is visible to whoever gets the notice: to that thread, what it
 * did, and all that was visible to it. */
const struct notice *board_read(struct board *b);

/* Free the board and its notice. No thread may be inside, or later enter, a
 * board call, or read the notice later. */
void board_destroy(struct board *b);
#endif
