/* SPDX-License-Identifier: MIT */
/* course.h - the exercises of the kit, read from exercises/.
 *
 * Loaded once, then constant: any thread may read it. */
#ifndef COURSE_H
#define COURSE_H

#include <stdbool.h>
#include <stddef.h>
#include <talloc.h>

/* What an engine's findings do to the score. */
enum policy { POLICY_REQUIRED, POLICY_ADVISORY, POLICY_OFF };

struct weight {
    char *name;
    unsigned weight;
};

struct policies { /* one per engine, in the order of engine.h */
    enum policy explore, criterion, asan, tsan, helgrind;
};

struct exercise {
    /* From exercise.yaml. */
    char *title;
    unsigned points;
    unsigned minutes; /* 0: not said */
    char *file;
    char **sources;
    unsigned source_count;
    char **hints;
    unsigned hint_count;
    struct weight *weights;
    unsigned weight_count;
    struct policies engines;
    char **forbid;
    unsigned forbid_count;
    char **allow;
    unsigned allow_count;
    bool faulty;  /* the stub is a whole program with planted faults */
    char **after; /* ids of the exercises that should come before */
    unsigned after_count;
    /* From the folder. */
    const char *id;        /* "25-bank-transfer" */
    const char *dir;       /* ".../exercises/25-bank-transfer" */
    const char *test;      /* "test_bank.c" */
    const char *stub_hash; /* SHA-256 of the stub as handed out; NULL if
                              exercises/stubs.sha256 does not list it */
    const char **headers;
    size_t header_count;
};

struct chapter { /* number 1 is of the exercises whose id begins with 1 */
    char *title;
};

struct outline { /* exercises/course.yaml; a course may have none */
    struct chapter *chapters;
    unsigned chapter_count;
    unsigned points; /* of all exercises together; 0: not said */
};

struct course {
    const char *root; /* the kit's own folder */
    struct exercise **list;
    size_t count;
    struct outline *outline; /* NULL: none */
};

enum { EXERCISE_HASH = 65 }; /* bytes of a hash as text */

/* Load every exercise under `root`/exercises. On failure returns NULL and
 * sets *out_error to one message that says which file and line to mend. That
 * exercises come after one another in a circle is such a failure. */
struct course *course_load(TALLOC_CTX *ctx, const char *root,
                           const char **out_error);

/* The exercises `word` means: an id, a prefix of one, or a part of its name.
 * Fills out[] (room for course->count) and returns how many. */
size_t course_match(const struct course *c, const char *word,
                    const struct exercise **out);

/* True if `text` is the stub of `e` as handed out. */
bool exercise_is_stub(const struct exercise *e, const char *text,
                      size_t length);

/* The exercise of that id, or NULL. */
const struct exercise *course_find(const struct course *c, const char *id);

/* SHA-256 of a file's text, as hexadecimal digits. */
void exercise_hash(const char *text, size_t length, char out[EXERCISE_HASH]);

/* The weight of a case, named with or without its suite; 1 by default. */
unsigned exercise_weight(const struct exercise *e, const char *test);

/* True if exercise.yaml allows the call `name`; if it forbids it. */
bool exercise_allows(const struct exercise *e, const char *name);
bool exercise_forbids(const struct exercise *e, const char *name);

#endif
