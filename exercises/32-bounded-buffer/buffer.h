/* SPDX-License-Identifier: MIT */
/* buffer.h - a first-in, first-out buffer of limited size, which any number of
 * threads put into and get from.
 *
 * Exercise 32: write buffer.c, leave this file alone. The comments are the
 * contract; tests check nothing that is not promised here. */
#ifndef BUFFER_H
#define BUFFER_H
#include <stddef.h>

struct buffer; /* opaque: its fields are yours to choose */

/* Make an open, empty buffer for at most `capacity` items (1 or more).
 * Returns the buffer, or NULL if memory runs out.
 * The caller owns it and ends it with buffer_destroy. */
struct buffer *buffer_create(size_t capacity);

/* Append `item`; sleep while the buffer is full and open.
 * Returns 0, or ESHUTDOWN if the buffer is closed, before the call or while it
 * waits (nothing appended then, even if there is room).
 * Threads: any number, at any time. Items of one thread stay in order. */
int buffer_put(struct buffer *b, int item);

/* Take the oldest item into *out_item; sleep while the buffer is empty and
 * open. Returns 0, or ESHUTDOWN if the buffer is closed and empty. What was
 * inside when it was closed can still be taken. *out_item is written only on 0.
 * Threads: any number, at any time. Every item is taken exactly once. */
int buffer_get(struct buffer *b, int *out_item);

/* Close the buffer for good, and release every thread that waits in a put, or
 * in a get that will have no item. Closing it again changes nothing.
 * Threads: any number, at any time. */
void buffer_close(struct buffer *b);

/* Look how full the buffer is, without waiting for room or items.
 * Returns how many items are inside at this moment, never above the capacity.
 * Threads: any number, at any time. */
size_t buffer_count(struct buffer *b);

/* Free the buffer, closed or not; items still inside are dropped.
 * No thread may be inside, or later enter, a buffer call. */
void buffer_destroy(struct buffer *b);
#endif
