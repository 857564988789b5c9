/* SPDX-License-Identifier: MIT */
/* server.h - a server that answers lines, with a fixed number of threads.
 *
 * Exercise 62: write server.c, leave this file, net.h, lines.h and ring.h
 * alone. The comments are the contract; tests check nothing that is not
 * promised here. */
#ifndef SERVER_H
#define SERVER_H
#include <stddef.h>

struct server; /* opaque: its fields are yours to choose */

/* Start a server: one thread that accepts connections from `listener`, made by
 * net_listen (net.h), and `workers` threads that serve them, each one
 * connection at a time, in the order in which they came.
 *
 * To serve a connection is: for every line that its client sends, call
 * answer(arg, line), which replaces the line by its reply, and send that; when
 * the client ends its side of the stream, or cannot be written to, close the
 * connection. `line` has room for NET_LINE bytes. answer is called by several
 * workers at a time, at most once at a time for one connection.
 *
 * `places` is how many connections the server may hold at a time: those that
 * are served, and those that wait because every worker is busy. Whoever
 * connects when no place is free is sent the line "busy" by the accepting
 * thread, and closed. A connection gives back its place before its client sees
 * the end of the stream.
 *
 * Returns the server, which the caller ends with server_stop, and which now
 * owns the listener: nobody else may close it. Or returns NULL if workers is
 * 0, if places is less than workers, if memory runs out, or if a thread cannot
 * be started. Then no thread of it is left, and the listener is still open and
 * the caller's. */
struct server *server_create(int listener, size_t workers, size_t places,
                             void (*answer)(void *arg, char *line), void *arg);

/* How many lines have been answered so far. A line counts before its reply is
 * sent.
 * Threads: any number, at any time, also from inside answer. */
unsigned long server_answered(struct server *s);

/* End the server: no connection is accepted any more, and every one it holds
 * is closed. Where answer is being called when server_stop is, the reply is
 * sent first, whole; no other line of that connection is answered, whatever
 * its client has sent. Connections that wait for a worker are not served any
 * more. It does not wait for a client to say or do anything, except to make
 * room for a reply.
 * Returns how many lines were answered in all. By then all threads are joined,
 * every descriptor is closed, the listener too, and the server is freed.
 * Not from inside answer. No other thread may be inside, or later enter, a
 * call on `s`, except answer. Clients may come and go at any time. */
unsigned long server_stop(struct server *s);
#endif
