/* SPDX-License-Identifier: MIT */
/* compile.c - see compile.h. */
#include "compile.h"
#include "file.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define BASE_FLAGS                                                            \
    "-std=c11", "-D_GNU_SOURCE", "-pthread", "-g", "-fno-omit-frame-pointer", \
        "-mno-omit-leaf-frame-pointer", "-fno-optimize-sibling-calls",        \
        "-gdwarf-aranges", "-fexceptions", "-Wall", "-Wextra"

/* Accesses and atomic operations become calls, which runtime/access.c and
 * runtime/atomics.c define; no runtime of ThreadSanitizer is linked. Its pass
 * leaves out what is private to a function, which most of a program is. */
#define ACCESSES \
    "-fsanitize=thread", "-mllvm", "-tsan-instrument-func-entry-exit=0"

/* One row per flavour: how it is compiled. -O1 keeps lines true, without
 * inlining stacks, too, and still lets the optimiser expose code that leans on
 * luck. What is explored is the source: the optimiser may take a global atomic
 * for a local variable, and reads that nobody uses away. */
static const struct {
    const char *name;
    const char *flags[10];
} flavours[FLAVOUR_COUNT] = {
    [FLAVOUR_PLAIN] = {"plain", {"-O1"}},
    [FLAVOUR_EXPLORE] = {"explore", {"-O0", ACCESSES}},
    [FLAVOUR_ASAN] = {"asan", {"-O1", "-fno-inline", "-fsanitize=address"}},
    [FLAVOUR_TSAN] = {"tsan", {"-O1", "-fno-inline", "-fsanitize=thread"}},
    [FLAVOUR_HELGRIND] = {"helgrind", {"-O1", "-fno-inline", "-gdwarf-4"}},
};

void words_add(TALLOC_CTX *ctx, struct words *w, const char *word)
{
    w->v = talloc_realloc(ctx, w->v, char *, (unsigned)(w->n + 2));
    w->v[w->n++] = talloc_strdup(w->v, word);
    w->v[w->n] = NULL;
}

void words_add_all(TALLOC_CTX *ctx, struct words *w, const char *const *more)
{
    for (; *more != NULL; more++) {
        words_add(ctx, w, *more);
    }
}

struct words compile_command(TALLOC_CTX *ctx, enum flavour flavour)
{
    static const char *const base[] = {"clang", BASE_FLAGS, NULL};
    struct words w = {0};

    words_add_all(ctx, &w, base);
    for (int i = 0; i < 10 && flavours[flavour].flags[i] != NULL; i++) {
        words_add(ctx, &w, flavours[flavour].flags[i]);
    }
    return w;
}

void compile_headers(TALLOC_CTX *ctx, struct words *w, const struct builder *b,
                     enum flavour flavour)
{
    if (flavour == FLAVOUR_EXPLORE) {
        words_add(ctx, w, "-isystem");
        words_add(
            ctx, w,
            talloc_asprintf(ctx, "%s/build/runtime/include", b->course->root));
    }
}

/* What two branches have in common stays where it is written: merged, it would
 * have the line of a neighbour. */
static const char *const true_lines[] = {"-mllvm", "-sink-common-insts=false",
                                         "-mllvm", "-hoist-common-insts=false",
                                         NULL};

enum { WATCHED = 4 }; /* words before a command that locals.sh carries out */

struct words compile_object(TALLOC_CTX *ctx, const struct builder *b,
                            const struct words *command, enum flavour flavour,
                            const char *source, const char *object)
{
    const char *script =
        talloc_asprintf(ctx, "%s/build/runtime/locals.sh", b->course->root);
    bool watched = flavour == FLAVOUR_EXPLORE || flavour == FLAVOUR_TSAN;
    struct words w = {0};

    if (watched) {
        words_add_all(ctx, &w,
                      (const char *[]){"sh", script, object, source, NULL});
    }
    words_add_all(ctx, &w, (const char *const *)command->v);
    words_add_all(ctx, &w, true_lines);
    if (!watched) {
        words_add_all(ctx, &w,
                      (const char *[]){"-c", "-o", object, source, NULL});
    }
    return w;
}

const char *compile_tool(const struct words *w)
{
    return strcmp(w->v[0], "sh") == 0 ? w->v[WATCHED] : w->v[0];
}

/* What the pass leaves to interceptors goes by names of our own. */
void compile_rename(TALLOC_CTX *ctx, struct words *objcopy,
                    enum flavour flavour)
{
    static const char *const renamed[] = {
        "memcpy",  "memmove",   "memset",  "memcmp",      "memchr",
        "strlen",  "strcpy",    "strncpy", "strcat",      "strchr",
        "strcmp",  "strncmp",   "sprintf", "snprintf",    "vsnprintf",
        "strtok",  "localtime", "gmtime",  "asctime",     "ctime",
        "strncat", "strrchr",   "strstr",  "strtol",      "atoi",
        "rand_r",  "qsort",     "fputs",   "puts",        "fgets",
        "fread",   "fwrite",    "pipe",    "sem_getvalue"};

    if (flavour != FLAVOUR_EXPLORE) {
        return;
    }
    for (size_t i = 0; i < sizeof renamed / sizeof renamed[0]; i++) {
        words_add(ctx, objcopy, "--redefine-sym");
        words_add(ctx, objcopy,
                  talloc_asprintf(ctx, "%s=tl_%s", renamed[i], renamed[i]));
    }
}

struct words compile_link_command(TALLOC_CTX *ctx, enum flavour flavour)
{
    return compile_command(ctx, flavour == FLAVOUR_EXPLORE ? FLAVOUR_PLAIN
                                                           : flavour);
}

void key_text(SHA2_CTX *h, const char *text)
{
    SHA256Update(h, (const uint8_t *)text, strlen(text) + 1);
}

/* Unreadable files hash as their error: the compiler will say more. */
void key_file(SHA2_CTX *h, const char *path)
{
    TALLOC_CTX *ctx = talloc_new(NULL);
    size_t length;
    char *text;
    int rc = file_read(ctx, path, &text, &length);

    key_text(h, strrchr(path, '/') != NULL ? strrchr(path, '/') : path);
    if (rc == 0) {
        SHA256Update(h, (const uint8_t *)text, length);
    } else {
        key_text(h, strerror(rc));
    }
    talloc_free(ctx);
}

void key_words(SHA2_CTX *h, const struct words *w)
{
    for (size_t i = 0; i < w->n; i++) {
        key_text(h, w->v[i]);
    }
}

char *key_end(TALLOC_CTX *ctx, SHA2_CTX *h)
{
    char hex[SHA256_DIGEST_STRING_LENGTH];

    SHA256End(h, hex);
    return talloc_strndup(ctx, hex, 40);
}

const char *compile_flavour(enum flavour flavour)
{
    return flavours[flavour].name;
}

void compile_link_runtime(TALLOC_CTX *ctx, struct words *w,
                          const struct builder *b, const char *runner)
{
    const char *kit = talloc_asprintf(ctx, "%s/build/runtime", b->course->root);

    words_add(ctx, w, talloc_asprintf(ctx, "%s/%s", kit, runner));
    words_add(ctx, w, talloc_asprintf(ctx, "%s/libwide.a", kit));
    words_add(ctx, w, talloc_asprintf(ctx, "@%s/wraps.rsp", kit));
    words_add(ctx, w, "-Wl,-z,now"); /* once, not in each run */
}

bool compile_cached(const char *path)
{
    return utimensat(AT_FDCWD, path, NULL, 0) == 0;
}

/* Some files make a compiler work, or write, for ever. These limits are many
 * times what an exercise needs: 60 s of processor time, 4 GiB of memory,
 * 128 MiB (or twice that: shells disagree) in one file. */
char **compile_limited(TALLOC_CTX *ctx, const struct words *tool)
{
    static const char limits[] =
        "ulimit -c 0; ulimit -t 60; ulimit -v 4194304; ulimit -f 262144; "
        "exec \"$@\"";
    struct words w = {0};

    words_add_all(ctx, &w, (const char *[]){"sh", "-c", limits, "sh", NULL});
    words_add_all(ctx, &w, (const char *const *)tool->v);
    return w.v;
}
