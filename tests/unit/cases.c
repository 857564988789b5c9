/* SPDX-License-Identifier: MIT */
/* cases.c - see cases.h. */
#include "cases.h"
#include "file.h"

#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void cases_clang(const char *format, ...)
{
    char *command = talloc_strdup(NULL, "clang -std=c11 -D_GNU_SOURCE "
                                        "-pthread -g -gdwarf-aranges "
                                        "-fno-omit-frame-pointer ");
    va_list ap;

    va_start(ap, format);
    command = talloc_vasprintf_append(command, format, ap);
    va_end(ap);
    cr_assert_eq(system(command), 0, "failed: %s", command);
    talloc_free(command);
}

static bool older(const char *path, const char *than)
{
    struct stat a, b;

    cr_assert_eq(stat(than, &b), 0, "there is no %s", than);
    return stat(path, &a) != 0 || a.st_mtim.tv_sec < b.st_mtim.tv_sec ||
           (a.st_mtim.tv_sec == b.st_mtim.tv_sec &&
            a.st_mtim.tv_nsec < b.st_mtim.tv_nsec);
}

char *cases_binary(TALLOC_CTX *ctx, const char *tool)
{
    static const char source[] = "tests/runtime/cases.c";
    static const char runner[] = "build/runtime/runner-criterion.o";
    const char *flags = strcmp(tool, "tsan") == 0   ? "-fsanitize=thread"
                        : strcmp(tool, "asan") == 0 ? "-fsanitize=address"
                                                    : "";
    char *path = talloc_asprintf(ctx, "build/cases/%s", tool);
    char *temp;

    if (!older(path, source) && !older(path, runner)) {
        return path;
    }
    /* Tests run side by side: each makes its own, the last rename counts. */
    temp = talloc_asprintf(ctx, "%s.%d", path, (int)getpid());
    cr_assert_eq(file_make_dirs("build/cases"), 0);
    cases_clang("-O1 %s -Igrader/runtime -o %s %s %s "
                "@build/runtime/wraps.rsp -Wl,--as-needed -lcriterion",
                flags, temp, source, runner);
    cr_assert_eq(rename(temp, path), 0);
    return path;
}

static int remove_folder(char **path)
{
    file_remove_tree(*path);
    return 0;
}

char *cases_folder(TALLOC_CTX *ctx)
{
    char **holder = talloc_zero(ctx, char *);

    *holder = talloc_strdup(holder, "/tmp/threadlab-unit-XXXXXX");
    cr_assert_not_null(mkdtemp(*holder));
    talloc_set_destructor(holder, remove_folder);
    return *holder;
}

void cases_write(const char *path, const char *text)
{
    cr_assert_eq(file_write(path, text, strlen(text)), 0, "cannot write %s",
                 path);
}
