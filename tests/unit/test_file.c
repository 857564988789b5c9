/* SPDX-License-Identifier: MIT */
/* test_file.c - whole files, in a folder under /tmp. */
#include "cases.h"
#include "file.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static size_t entries(const char *dir)
{
    DIR *d = opendir(dir);
    size_t n = 0;

    cr_assert_not_null(d);
    while (readdir(d) != NULL) {
        n++;
    }
    closedir(d);
    return n - 2; /* . and .. */
}

Test(file, what_is_written_is_read)
{
    TALLOC_CTX *ctx = talloc_new(NULL);
    char *dir = cases_folder(ctx);
    char *path = talloc_asprintf(ctx, "%s/a", dir);
    char *text = NULL;
    size_t length = 0;

    cr_assert_eq(file_write(path, "a\0b\n", 4), 0);
    cr_assert_eq(file_read(ctx, path, &text, &length), 0);
    cr_expect_eq(length, 4);
    cr_expect_arr_eq(text, "a\0b\n", 5, "and a NUL after it");
    cr_assert_eq(file_write(path, "", 0), 0, "replaced");
    cr_assert_eq(file_read(ctx, path, &text, NULL), 0);
    cr_expect_str_eq(text, "");
    cr_expect_eq(entries(dir), 1, "no temporary file is left");
    talloc_free(ctx);
}

Test(file, only_regular_files_of_moderate_size_are_read)
{
    TALLOC_CTX *ctx = talloc_new(NULL);
    char *dir = cases_folder(ctx);
    char *big = talloc_asprintf(ctx, "%s/big", dir);
    char *fifo = talloc_asprintf(ctx, "%s/fifo", dir);
    char *text = NULL;

    cases_write(big, "");
    cr_assert_eq(truncate(big, (16 << 20) + 1), 0);
    cr_assert_eq(mkfifo(fifo, 0600), 0);
    cr_expect_eq(file_read(ctx, big, &text, NULL), EFBIG);
    cr_expect_eq(file_read(ctx, fifo, &text, NULL), EINVAL);
    cr_expect_eq(file_read(ctx, "/dev/zero", &text, NULL), EINVAL);
    cr_expect_eq(file_read(ctx, dir, &text, NULL), EINVAL);
    cr_expect_eq(file_read(ctx, "/nowhere/x", &text, NULL), ENOENT);
    cr_expect_null(text);
    cr_assert_eq(truncate(big, 16 << 20), 0);
    cr_expect_eq(file_read(ctx, big, &text, NULL), 0);
    talloc_free(ctx);
}

Test(file, a_copy_keeps_whether_it_can_be_executed)
{
    TALLOC_CTX *ctx = talloc_new(NULL);
    char *dir = cases_folder(ctx);
    char *from = talloc_asprintf(ctx, "%s/from", dir);
    char *to = talloc_asprintf(ctx, "%s/to", dir);
    struct stat st;

    cases_write(from, "text");
    cr_assert_eq(file_copy(from, to), 0);
    cr_assert_eq(stat(to, &st), 0);
    cr_expect_eq(st.st_mode & 0111, 0);
    cr_assert_eq(chmod(from, 0755), 0);
    cr_assert_eq(file_copy(from, to), 0);
    cr_assert_eq(stat(to, &st), 0);
    cr_expect_eq(st.st_mode & 0777, 0755);
    cr_expect_eq(st.st_size, 4);
    cr_expect_eq(file_copy("/nowhere/x", to), ENOENT);
    cr_expect_eq(file_copy(from, "/nowhere/x"), ENOENT);
    talloc_free(ctx);
}

Test(file, a_failed_write_leaves_what_was_there)
{
    TALLOC_CTX *ctx = talloc_new(NULL);
    char *dir = cases_folder(ctx);
    char *sub = talloc_asprintf(ctx, "%s/sub", dir);

    cr_assert_eq(file_make_dirs(sub), 0);
    cr_expect_neq(file_write(sub, "x", 1), 0, "a folder is in the way");
    cr_expect(file_is_dir(sub));
    cr_expect_eq(entries(dir), 1, "no temporary file is left");
    talloc_free(ctx);
}

Test(file, folders_are_made_with_their_parents_and_removed)
{
    TALLOC_CTX *ctx = talloc_new(NULL);
    char *dir = cases_folder(ctx);
    char *deep = talloc_asprintf(ctx, "%s/a/b/c", dir);
    char *top = talloc_asprintf(ctx, "%s/a", dir);
    char *outside = talloc_asprintf(ctx, "%s/outside", dir);

    cr_expect_eq(file_make_dirs(deep), 0);
    cr_expect_eq(file_make_dirs(deep), 0, "again does no harm");
    cr_expect(file_is_dir(deep));
    cases_write(outside, "x");
    cr_expect_neq(file_make_dirs(talloc_asprintf(ctx, "%s/d", outside)), 0);
    cases_write(talloc_asprintf(ctx, "%s/file", deep), "x");
    cr_assert_eq(symlink(outside, talloc_asprintf(ctx, "%s/link", deep)), 0);
    cr_assert_eq(symlink(dir, talloc_asprintf(ctx, "%s/up", deep)), 0);
    file_remove_tree(top);
    cr_expect_not(file_exists(top));
    cr_expect(file_exists(outside), "links are not followed");
    file_remove_tree(top); /* nothing there: nothing happens */
    talloc_free(ctx);
}

Test(file, a_folder_is_no_file_and_the_other_way_round)
{
    cr_expect(file_is_dir("/tmp"));
    cr_expect(file_exists("/tmp"));
    cr_expect_not(file_is_dir("/dev/null"));
    cr_expect(file_exists("/dev/null"));
    cr_expect_not(file_exists("/nowhere"));
    cr_expect_not(file_is_dir("/nowhere"));
}
