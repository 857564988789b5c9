/* SPDX-License-Identifier: MIT */
/* lines.h - whole lines over a connection. Given, complete: use it, leave it
 * alone. */
#ifndef LINES_H
#define LINES_H
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

enum { NET_LINE = 64 }; /* bytes of a line, with its end */

/* What came behind the last line; at first {.fd = the connection}. A reader
 * belongs to one thread at a time. */
struct net_reader {
    int fd;
    size_t length;
    char bytes[NET_LINE];
};

/* Sleep until a whole line has come, and copy it, without its newline.
 * Returns true; or false at the end of the stream, which is reached when the
 * other side closes, and after shutdown(fd, SHUT_RD) on this side, also if
 * that is while this sleeps. Likewise false on an error, or if a line is too
 * long. Then read no more from it. */
static inline bool net_read_line(struct net_reader *r, char line[NET_LINE])
{
    for (;;) {
        char *end = memchr(r->bytes, '\n', r->length);
        ssize_t n = 0;

        if (end != NULL) {
            size_t length = (size_t)(end - r->bytes);

            memcpy(line, r->bytes, length);
            line[length] = '\0';
            r->length -= length + 1;
            memmove(r->bytes, end + 1, r->length);
            return true;
        }
        if (r->length == sizeof(r->bytes)) {
            return false;
        }
        n = recv(r->fd, r->bytes + r->length, sizeof(r->bytes) - r->length, 0);
        if (n <= 0) {
            return false;
        }
        r->length += (size_t)n;
    }
}

/* Send a line, shorter than NET_LINE, and its newline; sleep while the other
 * side has no room for it.
 * Returns true; or false if it will not be read: the connection is closed or
 * shut down. */
static inline bool net_send_line(int fd, const char *line)
{
    char bytes[NET_LINE];
    size_t length = strlen(line);
    size_t sent = 0;

    memcpy(bytes, line, length);
    bytes[length++] = '\n';
    while (sent < length) {
        ssize_t n = send(fd, bytes + sent, length - sent, MSG_NOSIGNAL);

        if (n <= 0) {
            return false;
        }
        sent += (size_t)n;
    }
    return true;
}
#endif
