/* SPDX-License-Identifier: MIT */
/* file.h - whole files at a time. Any thread. */
#ifndef FILE_H
#define FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <talloc.h>

/* Read a regular file of at most 16 MiB. Returns 0 and the text (with a NUL
 * after it, on `ctx`), or an errno value; EFBIG if larger, EINVAL if it is
 * no regular file. `out_length` may be NULL. */
int file_read(TALLOC_CTX *ctx, const char *path, char **out_text,
              size_t *out_length);

/* Write by temporary file and rename, so that nobody sees half of it.
 * Returns 0 or an errno value. */
int file_write(const char *path, const char *text, size_t length);

/* Copy a file, likewise; keeps whether it is executable. */
int file_copy(const char *from, const char *to);

bool file_exists(const char *path);
bool file_is_dir(const char *path);

/* mkdir -p. Returns 0 or an errno value. */
int file_make_dirs(const char *path);

/* rm -r, without following links. */
void file_remove_tree(const char *path);

#endif
