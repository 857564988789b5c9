/* SPDX-License-Identifier: MIT */
/* http.h - as much of HTTP/1.1 as a small client needs. Given, complete: use
 * it, leave it alone.
 *
 * Nothing here reads, writes or waits. A request is text that you send; a
 * response is taken apart piece by piece, as you receive it. */
#ifndef HTTP_H
#define HTTP_H
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HTTP_HEAD = 256, HTTP_BODY = 65536, HTTP_REQUEST = 128 };

/* Write the request for a path, shorter than 64 bytes. Returns its length. */
static inline size_t http_request(char text[HTTP_REQUEST], const char *path)
{
    int n = snprintf(text, HTTP_REQUEST,
                     "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", path);

    return n > 0 && n < HTTP_REQUEST ? (size_t)n : 0;
}

/* A response on its way; at first all 0. It belongs to one thread at a time.
 * `body` is allocated: whoever keeps it frees it later, whoever does not calls
 * http_drop. */
struct http_response {
    int status;    /* 200, 404, ...; 0 until the head is complete */
    bool keep;     /* the connection can be used for another request */
    char *body;    /* NULL until the head is complete; ends with a '\0' */
    size_t length; /* of the body, as the head says */

    /* Of http_feed alone: */
    size_t got; /* bytes of the body */
    size_t head_length;
    char head[HTTP_HEAD];
};

enum http_state {
    HTTP_MORE,  /* there is more to come */
    HTTP_WHOLE, /* that was all */
    HTTP_BAD    /* this is not a response to one request; or no memory */
};

/* The value behind this name in the head, or NULL. */
static inline const char *http_field(const struct http_response *r,
                                     const char *name)
{
    const char *at = strstr(r->head, name);

    return at != NULL ? at + strlen(name) : NULL;
}

/* The head is complete. */
static inline bool http_head(struct http_response *r)
{
    const char *length = http_field(r, "\r\nContent-Length: ");
    const char *connection = http_field(r, "\r\nConnection: ");

    if (sscanf(r->head, "HTTP/1.1 %d ", &r->status) != 1 || length == NULL) {
        return false;
    }
    r->length = (size_t)strtoul(length, NULL, 10);
    r->keep = connection == NULL || strncmp(connection, "close", 5) != 0;
    r->body = r->length <= HTTP_BODY ? calloc(1, r->length + 1) : NULL;
    return r->body != NULL;
}

/* Take the next n bytes that were received. */
static inline enum http_state http_feed(struct http_response *r,
                                        const char *bytes, size_t n)
{
    for (; n > 0 && r->body == NULL; bytes++, n--) {
        if (r->head_length == HTTP_HEAD - 1) {
            return HTTP_BAD;
        }
        r->head[r->head_length++] = *bytes;
        if (r->head_length >= 4 &&
            memcmp(&r->head[r->head_length - 4], "\r\n\r\n", 4) == 0 &&
            !http_head(r)) {
            return HTTP_BAD;
        }
    }
    if (r->body == NULL) {
        return HTTP_MORE;
    }
    if (n > r->length - r->got) {
        return HTTP_BAD;
    }
    memcpy(r->body + r->got, bytes, n);
    r->got += n;
    return r->got == r->length ? HTTP_WHOLE : HTTP_MORE;
}

/* Free the body and forget everything: ready for another response. */
static inline void http_drop(struct http_response *r)
{
    free(r->body);
    *r = (struct http_response){0};
}
#endif
