/* SPDX-License-Identifier: MIT */
/* cases.c - see cases.h. */
#include "cases.h"
#include "compile.h"
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

/* One string of words, for a shell. */
static char *joined(TALLOC_CTX *ctx, const struct words *w)
{
    char *line = talloc_strdup(ctx, "");

    for (size_t i = 0; i < w->n; i++) {
        line = talloc_asprintf_append(line, "%s%s", i > 0 ? " " : "", w->v[i]);
    }
    return line;
}

/* As build.c does it for the flavour `explore`: what the sanitizer's pass
 * calls is the kit's own, so it is compiled with the pass and linked without
 * the sanitizer; in between some functions get other names. */
static char *instrumented(TALLOC_CTX *ctx, const char *source, const char *path)
{
    struct words compile = compile_command(ctx, FLAVOUR_EXPLORE);
    struct words objcopy = {0};
    char *object = talloc_asprintf(ctx, "%s.%d.o", path, (int)getpid());
    char *command;

    words_add(ctx, &objcopy, "objcopy");
    compile_rename(ctx, &objcopy, FLAVOUR_EXPLORE);
    command = talloc_asprintf(ctx,
                              "%s -w -isystem build/runtime/include "
                              "-Igrader/runtime -c -o %s %s && %s %s",
                              joined(ctx, &compile), object, source,
                              joined(ctx, &objcopy), object);
    cr_assert_eq(system(command), 0, "failed: %s", command);
    return object;
}

char *cases_build(TALLOC_CTX *ctx, const char *name, const char *tool)
{
    static const char runner[] = "build/runtime/runner-criterion.o";
    const char *flags = strcmp(tool, "tsan") == 0   ? "-fsanitize=thread"
                        : strcmp(tool, "asan") == 0 ? "-fsanitize=address"
                                                    : "";
    char *source = talloc_asprintf(ctx, "tests/runtime/%s.c", name);
    char *path = talloc_asprintf(ctx, "build/cases/%s-%s", name, tool);
    char *temp, *made = NULL;

    if (!older(path, source) && !older(path, runner)) {
        return path;
    }
    /* Tests run side by side: each makes its own, the last rename counts. */
    temp = talloc_asprintf(ctx, "%s.%d", path, (int)getpid());
    cr_assert_eq(file_make_dirs("build/cases"), 0);
    if (strcmp(tool, "explore") == 0) {
        source = made = instrumented(ctx, source, path);
    }
    cases_clang("-O1 %s -Igrader/runtime -o %s %s %s "
                "@build/runtime/wraps.rsp -Wl,--as-needed -lcriterion -lm",
                flags, temp, source, runner);
    if (made != NULL) {
        unlink(made);
    }
    cr_assert_eq(rename(temp, path), 0);
    return path;
}

char *cases_binary(TALLOC_CTX *ctx, const char *tool)
{
    return cases_build(ctx, "cases", tool);
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
