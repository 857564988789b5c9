/* SPDX-License-Identifier: MIT */
/* record.c - see record.h. A record is the hash of the file that was graded,
 * and its points: a file that has changed since has no record. */
#include "record.h"
#include "file.h"

#include <stdio.h>
#include <string.h>

char *record_path(TALLOC_CTX *ctx, const struct course *c, const char *what,
                  const char *id)
{
    char *dir = talloc_asprintf(ctx, "%s/build/%s", c->root, what);

    file_make_dirs(dir);
    return talloc_asprintf(ctx, "%s/%s", dir, id);
}

/* The hash of the student's file; false if there is none. */
static bool hash_of(TALLOC_CTX *ctx, const struct exercise *e,
                    char out[EXERCISE_HASH])
{
    char *path = talloc_asprintf(ctx, "%s/%s", e->dir, e->file);
    char *text;
    size_t n;

    if (file_read(ctx, path, &text, &n) != 0) {
        return false;
    }
    exercise_hash(text, n, out);
    return true;
}

struct record record_read(const struct course *c, const struct exercise *e)
{
    TALLOC_CTX *ctx = talloc_new(NULL);
    struct record r = {RECORD_NOT_STARTED, 0, 0}, last = {RECORD_GRADED, 0, 0};
    char now[EXERCISE_HASH], then[EXERCISE_HASH];
    char *text;

    if (hash_of(ctx, e, now) &&
        (e->stub_hash == NULL || strcmp(now, e->stub_hash) != 0)) {
        r.state = RECORD_BEGUN;
    }
    if (r.state == RECORD_BEGUN &&
        file_read(ctx, record_path(ctx, c, "record", e->id), &text, NULL) ==
            0 &&
        sscanf(text, "%64s %lf %lf", then, &last.score, &last.max_score) == 3 &&
        strcmp(now, then) == 0) {
        r = last;
    }
    talloc_free(ctx);
    return r;
}

void record_keep(const struct course *c, const struct exercise_result *r)
{
    TALLOC_CTX *ctx = talloc_new(NULL);
    const struct exercise *e = course_find(c, r->id);
    char hash[EXERCISE_HASH];
    char *line;

    if ((r->status == EX_PASSED || r->status == EX_FAILED) && e != NULL &&
        hash_of(ctx, e, hash)) {
        line = talloc_asprintf(ctx, "%s %g %g\n", hash, r->score, r->max_score);
        file_write(record_path(ctx, c, "record", e->id), line, strlen(line));
    }
    talloc_free(ctx);
}

bool record_passed(const struct record *r)
{
    return r->state == RECORD_GRADED && r->score >= r->max_score;
}
