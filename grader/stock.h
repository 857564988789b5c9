/* SPDX-License-Identifier: MIT */
/* stock.h - the stock Criterion runner, once. Any thread. */
#ifndef STOCK_H
#define STOCK_H

#include "course.h"
#include "result.h"
#include "sandbox.h"

struct stock_result {
    bool ran;
    struct finding *list; /* one per failed test */
    size_t count;
};

/* Run `binary` with its own runner, leaving out the tests named in `skip`
 * (NULL-terminated). Returns 0, or ETIME if it did not come to an end or
 * wrote no report: then `out` holds one finding that says so. */
int stock_run(TALLOC_CTX *ctx, const struct sandbox *sandbox,
              const struct exercise *e, const char *binary,
              const char *const *skip, struct stock_result *out);

/* Criterion's JSON report: one finding per failed test. Pure. Returns false
 * if `text` is no such report. */
bool stock_parse(TALLOC_CTX *ctx, const char *text, const char *test_file,
                 struct stock_result *out);

#endif
