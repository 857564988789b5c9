/* SPDX-License-Identifier: MIT */
/* evidence.h - reading one answer of the fork server: its members, and the
 * places and names of the source that its numbers stand for.
 *
 * Pure: values are allocated on the judge's context. One thread at a time per
 * `struct judge`. */
#ifndef EVIDENCE_H
#define EVIDENCE_H

#include "judge_context.h"

#include <jansson.h>
#include <string.h>

/* Members: 0, "" or NULL where there is none. */
static inline long num(const json_t *o, const char *key)
{
    return (long)json_integer_value(json_object_get(o, key));
}

static inline const char *str(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));

    return s != NULL ? s : "";
}

static inline bool is(const json_t *o, const char *key, const char *value)
{
    return strcmp(str(o, key), value) == 0;
}

static inline const json_t *item(const json_t *run, const char *list, long i)
{
    return i < 0 ? NULL : json_array_get(json_object_get(run, list), (size_t)i);
}

static inline const json_t *thread_at(const json_t *run, long i)
{
    return item(run, "threads", i);
}

static inline const json_t *object_at(const json_t *run, long i)
{
    return item(run, "objects", i);
}

static inline size_t thread_count(const json_t *run)
{
    return json_array_size(json_object_get(run, "threads"));
}

/* True if `value` is in a list of numbers. */
bool ev_listed(const json_t *list, json_int_t value);

/* What is run: "program" or "test". */
const char *ev_subject(const struct judge *j);

/* The place of what has none. */
extern const struct frame ev_nowhere;

/* True if `file` is the submission's or the test's; the submission's. */
bool ev_own(const struct judge *j, const char *file);
bool ev_submitted(const struct judge *j, const char *file);

/* Add a frame to `s` if it is of the submission or the test: `f` itself, or
 * the one at an address. */
void ev_push_own(const struct judge *j, struct stack *s, struct frame f);
void ev_push(const struct judge *j, struct stack *s, uint64_t offset);

/* The stack in member `key` of `o`, own frames only. */
struct stack ev_stack_in(const struct judge *j, const json_t *o,
                         const char *key);

/* Where a stack touches the submission, or failing that the test. */
struct frame ev_spot(const struct judge *j, const struct stack *s);

/* The frame at an address; one without a line if it is 0. */
struct frame ev_frame(const struct judge *j, long offset);

/* "bank.c:21". */
const char *ev_place(const struct judge *j, struct frame f);

/* The line of the source at `f`, indentation and all, for columns to count in;
 * NULL if it is not known. */
const char *ev_raw_line(const struct judge *j, struct frame f);

/* "T1"; "T1 (worker, started at test_bank.c:30)". */
const char *ev_thread(const struct judge *j, long id);
const char *ev_thread_long(const struct judge *j, const json_t *run, long id);

/* "1 byte", "8 bytes". */
const char *ev_bytes(const struct judge *j, long n);

/* The mutex that the wait on the line of `f` names, as the source spells it;
 * NULL if there is no wait. */
const char *ev_waits_with(const struct judge *j, struct frame f);

/* What the instruction at `offset` accesses, as the source spells it; the same
 * for the innermost frame of a stack that is the submission's. NULL if unsure.
 */
const char *ev_accessed(const struct judge *j, long offset);
const char *ev_accessed_in(const struct judge *j, const json_t *pcs);

/* What the student calls the object `o`: its variable, or the expression at
 * one of the places that use it; `at` (may have no line) is tried first. */
const char *ev_object(const struct judge *j, const json_t *o, struct frame at);

#endif
