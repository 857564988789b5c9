/* SPDX-License-Identifier: MIT */
/* fetch.h - fetch many documents over HTTP with a few threads.
 *
 * Exercise 61: write fetch.c, leave this file, http.h and net.h alone. The
 * comments are the contract; tests check nothing that is not promised here. */
#ifndef FETCH_H
#define FETCH_H
#include <stddef.h>

struct fetch_plan {
    int port;            /* of the server, for net_connect (net.h) */
    size_t workers;      /* at most so many threads and connections */
    unsigned limit_ms;   /* for one try as a whole */
    unsigned tries;      /* at most, for each path */
    unsigned backoff_ms; /* before the second try; doubled for each more */
};

/* What became of one path. */
struct fetch_result {
    int error;      /* of the last try: 0, there was a response; or see below */
    int status;     /* if there was one: 200, 404, ...; otherwise 0 */
    char *body;     /* likewise, with a '\0' behind it; otherwise NULL */
    size_t length;  /* of the body; otherwise 0 */
    unsigned tries; /* how many were made */
};

/* Fetch `count` documents: results[i] will be what became of paths[i]. It uses
 * up to plan->workers threads, and each of them fetches one document at a time
 * over a connection of its own. That is opened when it is first needed, and
 * used for one document after the other, until a response says that it is the
 * last (`keep` of http.h is false), a try fails, or there is nothing more to
 * be fetched; then it is closed.
 *
 * A try has failed with the error
 * - ECONNREFUSED if there is nobody to connect to,
 * - ECONNRESET if the connection ends before the response is whole,
 * - ETIMEDOUT if the response is not whole limit_ms after the try began, by
 *   CLOCK_MONOTONIC, however much of it may have come by then,
 * - EPROTO if http_feed says that it is bad,
 * - or the errno of net_connect, if that fails otherwise.
 * What came of a response then is dropped. Only net_connect may go on beyond
 * the limit. A response with status 503 is no failure, and ends the connection
 * only if it says so.
 *
 * After the first three errors, and after a response with status 503, the path
 * is tried again, in the same thread, as long as fewer than plan->tries were
 * made. Before that the thread sleeps: backoff_ms or longer before the second
 * try, twice that before the third, and so on. Other threads go on meanwhile,
 * and whatever becomes of one path, all others are fetched.
 *
 * Returns 0 when all paths are done, however they ended; the bodies are then
 * the caller's, who frees each with free. Or returns EINVAL if plan->workers
 * or plan->tries is 0; ENOMEM; or EAGAIN if not a single thread could be
 * started; *results is not touched then. If only some can be started they do
 * all the work. When it returns, all threads are joined and all connections
 * closed. No SIGPIPE is caused.
 * Threads: any number at a time. Each call has its own workers. */
int fetch_all(const struct fetch_plan *plan, const char *const paths[],
              size_t count, struct fetch_result results[]);
#endif
