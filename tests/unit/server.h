/* SPDX-License-Identifier: MIT */
/* server.h - a conversation with the fork server of a file of tests/runtime, as
 * runner.c has it. Each function fails the test if it cannot do its work. */
#ifndef SERVER_TALK_H
#define SERVER_TALK_H

#include <jansson.h>
#include <talloc.h>

struct proc;

struct server {
    TALLOC_CTX *ctx;
    struct proc *proc;
    const char *binary;
};

/* Start the server of tests/runtime/NAME.c, built for `tool`: see cases.h. */
struct server server_start(const char *name, const char *tool);
struct server server_start_without_fibers(const char *name, const char *tool);
struct server server_open(const char *tool); /* that of cases.c */
void server_close(struct server *s);

/* Send a command, with its newline; the answer is the caller's to decref. */
json_t *ask(struct server *s, const char *line);

/* Member `key`: a string, or "" if it is none; a number, which has to be there.
 * The length of the list `list`, and its entry `i`. All belong to `o`. */
const char *str(const json_t *o, const char *key);
long num(const json_t *o, const char *key);
size_t length(const json_t *o, const char *list);
const json_t *item(const json_t *o, const char *list, long i);

#endif
