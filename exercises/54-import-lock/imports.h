/* SPDX-License-Identifier: MIT */
/* imports.h - modules whose bodies run once, whoever imports them.
 *
 * Exercise 54: write imports.c, leave this file alone. The comments are the
 * contract; tests check nothing that is not promised here.
 *
 * A module is new at first. Its body runs in the thread that imports it first;
 * meanwhile it is partly made. When the body returns 0, the module is ready,
 * for good; when it returns an error, the module is new again. */
#ifndef IMPORTS_H
#define IMPORTS_H
#include <stdbool.h>
#include <stddef.h>

struct imports; /* opaque: its fields are yours to choose */
struct module;  /* likewise */

/* A module that can be imported. */
struct definition {
    const char *name;
    /* Its body. Returns 0 or an error number. It may import other modules, and
     * itself, and publish its value. */
    int (*body)(struct imports *im, struct module *self, void *arg);
    void *arg; /* for the body */
};

/* Make a set of `count` modules, all new, without a value. The names differ.
 * Returns it, or NULL if there is no memory. `definitions`, with the names in
 * it, stays as it is until imports_destroy, which the caller calls. */
struct imports *imports_create(const struct definition *definitions,
                               size_t count);

/* Import the module of that name. If it is
 * - ready: return at once.
 * - new: run its body, in this thread. No two bodies of one module ever run at
 *   the same time, and none runs again after it has returned 0.
 * - partly made: wait, asleep, until its body has returned. But if this wait
 *   could never end, since this thread is running the body itself, or the
 *   thread that runs it waits (perhaps through other threads and modules) for
 *   a body that this thread is running: return at once, with the module as it
 *   is. It waits in all other cases.
 * Returns 0, and writes *out_module; ENOENT if there is no such module; or the
 * error of the body. Who was waiting for a body that fails gets its error, too,
 * or waits on if the body has already been begun again.
 * *out_module is valid until imports_destroy.
 * Threads: any number, at any time; bodies of different modules can run at the
 * same time in different threads. What the body of a ready module has done is
 * visible. */
int module_import(struct imports *im, const char *name,
                  struct module **out_module);

/* Give the module a value, in place of the one it has. Only its body calls
 * this, as often as it likes, and before it returns. */
void module_publish(struct module *m, void *value);

/* Returns the value published last, or NULL if there is none; after a failed
 * body there is none. Does not wait.
 * Threads: any number, at any time. */
void *module_value(struct module *m);

/* Returns true if the module is ready. Does not wait.
 * Threads: any number, at any time. */
bool module_ready(struct module *m);

/* Free all. No thread may be inside, or later enter, a call on the imports or
 * one of its modules. The values are not touched. */
void imports_destroy(struct imports *im);
#endif
