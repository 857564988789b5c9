/* SPDX-License-Identifier: MIT */
/* file.c - see file.h. */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_FILE = 16 << 20 };

static int read_all(TALLOC_CTX *ctx, int fd, size_t size, char **out)
{
    char *text = talloc_size(ctx, size + 1);
    size_t have = 0;
    ssize_t n = 1;

    while (have < size && n > 0) {
        n = read(fd, text + have, size - have);
        have += n > 0 ? (size_t)n : 0;
    }
    if (n < 0) {
        int rc = errno;
        talloc_free(text);
        return rc;
    }
    memset(text + have, 0, size + 1 - have);
    *out = text;
    return 0;
}

int file_read(TALLOC_CTX *ctx, const char *path, char **out_text,
              size_t *out_length)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    int rc = 0;

    if (fd < 0) {
        return errno;
    }
    if (fstat(fd, &st) != 0) {
        rc = errno;
    } else if (!S_ISREG(st.st_mode)) {
        rc = EINVAL;
    } else if (st.st_size > MAX_FILE) {
        rc = EFBIG;
    } else {
        rc = read_all(ctx, fd, (size_t)st.st_size, out_text);
    }
    if (rc == 0 && out_length != NULL) {
        *out_length = (size_t)st.st_size;
    }
    close(fd);
    return rc;
}

static int write_mode(const char *path, const char *text, size_t length,
                      mode_t mode)
{
    char *temp = talloc_asprintf(NULL, "%s.XXXXXX", path);
    int fd = mkostemp(temp, O_CLOEXEC);
    size_t done = 0;
    int rc = fd < 0 ? errno : 0;

    while (rc == 0 && done < length) {
        ssize_t n = write(fd, text + done, length - done);
        if (n < 0) {
            rc = errno;
        } else {
            done += (size_t)n;
        }
    }
    if (rc == 0 && fchmod(fd, mode) != 0) {
        rc = errno;
    }
    if (fd >= 0 && close(fd) != 0 && rc == 0) {
        rc = errno;
    }
    if (rc == 0 && rename(temp, path) != 0) {
        rc = errno;
    }
    if (rc != 0 && fd >= 0) {
        unlink(temp);
    }
    talloc_free(temp);
    return rc;
}

int file_write(const char *path, const char *text, size_t length)
{
    return write_mode(path, text, length, 0644);
}

int file_copy(const char *from, const char *to)
{
    TALLOC_CTX *ctx = talloc_new(NULL);
    struct stat st;
    size_t length = 0;
    char *text = NULL;
    int rc = file_read(ctx, from, &text, &length);

    if (rc == 0) {
        rc = stat(from, &st) == 0
                 ? write_mode(to, text, length, st.st_mode & 0755)
                 : errno;
    }
    talloc_free(ctx);
    return rc;
}

bool file_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

bool file_is_dir(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

int file_make_dirs(const char *path)
{
    char *copy = talloc_strdup(NULL, path);
    int rc = 0;

    for (char *p = copy + 1; rc == 0; p++) {
        if (*p == '/' || *p == '\0') {
            char was = *p;
            *p = '\0';
            rc = mkdir(copy, 0755) == 0 || errno == EEXIST ? 0 : errno;
            *p = was;
            if (was == '\0') {
                break;
            }
        }
    }
    talloc_free(copy);
    return rc;
}

static int remove_one(const char *path, const struct stat *st, int type,
                      struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    return remove(path);
}

void file_remove_tree(const char *path)
{
    nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
