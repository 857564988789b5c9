/* SPDX-License-Identifier: MIT */
/* program.c - see program.h. */
#include "program.h"
#include "beyond.h"
#include "compile.h"
#include "file.h"
#include "proc.h"
#include "symbol.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void program_init(TALLOC_CTX *ctx, struct program *p)
{
    static char *allowed[] = {"fork"};
    const char *file = symbol_file(p->sources[0]);

    p->exercise = (struct exercise){.title = "a program of its own",
                                    .file = talloc_strdup(ctx, file),
                                    .id = talloc_strdup(ctx, file),
                                    .dir = "",
                                    .test = "",
                                    .engines.criterion = POLICY_OFF,
                                    .allow = allowed,
                                    .allow_count = 1};
}

static int run(TALLOC_CTX *ctx, const struct words *w, const char **out_text)
{
    struct proc_spec spec = {
        .argv = compile_limited(ctx, w), .fd3 = -1, .fd4 = -1};
    struct proc_result r;
    int rc = proc_run(ctx, &spec, COMPILE_MS, &r);

    *out_text = rc != 0 ? strerror(rc) : r.output;
    if (rc == 0 && r.timed_out) {
        *out_text =
            talloc_asprintf(ctx, "%s%s did not finish in %d s", r.output,
                            compile_tool(w), COMPILE_MS / 1000);
    }
    return rc != 0 ? -1 : r.signal != 0 || r.timed_out ? 1 : r.status;
}

static struct build outcome(int status, const char *text)
{
    return (struct build){.status = status == 0  ? BUILD_OK
                                    : status < 0 ? BUILD_FAULT
                                                 : BUILD_REJECTED,
                          .errors = text};
}

/* The compiler as for exercises, but for the language as most people write
 * it, and silent about style; what the caller says comes last and wins. */
static struct words compiler(TALLOC_CTX *ctx, const struct program *p,
                             enum flavour flavour)
{
    struct words w = compile_command(ctx, flavour);

    words_add_all(
        ctx, &w,
        (const char *[]){"-std=gnu11", "-w", "-Wno-error=return-type", NULL});
    words_add_all(ctx, &w, (const char *const *)p->cflags);
    return w;
}

/* -- reading ----------------------------------------------------------------
 */

static void add_file(TALLOC_CTX *ctx, struct program *p, const char *path)
{
    struct own_file *f;

    for (size_t i = 0; i < p->file_count; i++) {
        if (strcmp(p->files[i].path, path) == 0) {
            return;
        }
    }
    p->files = talloc_realloc(ctx, p->files, struct own_file,
                              (unsigned)(p->file_count + 1));
    f = &p->files[p->file_count++];
    *f = (struct own_file){.name = symbol_file(path), .path = path};
    if (file_read(ctx, path, &f->text, NULL) != 0) {
        f->text = NULL;
    }
}

/* A line marker, `# 12 "dir/bank.h" 1 3 4`: flag 3 is for system headers.
 * Returns whether what follows is the program's own. */
static bool read_marker(TALLOC_CTX *ctx, struct program *p, const char *line,
                        size_t length)
{
    const char *open = memchr(line, '"', length);
    const char *close =
        open != NULL ? memchr(open + 1, '"', length - (size_t)(open + 1 - line))
                     : NULL;

    if (close == NULL || open[1] == '<' ||
        memchr(close, '3', length - (size_t)(close - line)) != NULL) {
        return false;
    }
    add_file(ctx, p, talloc_strndup(ctx, open + 1, (size_t)(close - open - 1)));
    return true;
}

static void read_expanded(TALLOC_CTX *ctx, struct program *p, const char *text)
{
    bool own = false;

    while (*text != '\0') {
        size_t n = strcspn(text, "\n");
        if (text[0] == '#' && text[1] == ' ') {
            own = read_marker(ctx, p, text, n);
        } else if (own) {
            beyond_learn(&p->beyond, text, n);
        }
        text += n + (text[n] == '\n');
    }
}

struct build program_read(TALLOC_CTX *ctx, struct builder *b, struct program *p)
{
    char *expanded = talloc_asprintf(ctx, "%s/%u.i", b->scratch,
                                     atomic_fetch_add(&b->next, 1));
    SHA2_CTX h;

    SHA256Init(&h);
    for (size_t i = 0; p->sources[i] != NULL; i++) {
        struct words w = compiler(ctx, p, FLAVOUR_EXPLORE);
        const char *said;
        char *text;
        int status;
        words_add_all(
            ctx, &w,
            (const char *[]){"-E", "-o", expanded, p->sources[i], NULL});
        status = run(ctx, &w, &said);
        if (status == 0) {
            status = file_read(ctx, expanded, &text, NULL) == 0 ? 0 : -1;
        }
        if (status != 0) {
            return outcome(status, said);
        }
        add_file(ctx, p, p->sources[i]);
        read_expanded(ctx, p, text);
        key_text(&h, text);
        talloc_free(text);
    }
    p->key = key_end(ctx, &h);
    return (struct build){.status = BUILD_OK, .errors = ""};
}

/* -- building ---------------------------------------------------------------
 */

static char *binary_key(TALLOC_CTX *ctx, const struct builder *b,
                        const struct program *p, enum flavour flavour)
{
    struct words w = compiler(ctx, p, flavour);
    SHA2_CTX h;

    words_add_all(ctx, &w, (const char *const *)p->ldflags);
    SHA256Init(&h);
    key_words(&h, &w);
    key_text(&h, COMPILE_METHOD);
    key_text(&h, b->runtime_key);
    key_text(&h, p->key);
    return key_end(ctx, &h);
}

/* The object files become one, in which main has the name that the runtime
 * calls it by and no other name can be seen from outside. */
static int join(TALLOC_CTX *ctx, const char *top, const struct words *objects,
                enum flavour flavour, const char **text)
{
    const char *keep = "--keep-global-symbol=" COMPILE_KEEP;
    struct words w = {0};
    char *one = talloc_asprintf(ctx, "%s/program.o", top);
    int status;

    words_add_all(ctx, &w, (const char *[]){"ld", "-r", "-o", one, NULL});
    words_add_all(ctx, &w, (const char *const *)objects->v);
    status = run(ctx, &w, text);
    if (status != 0) {
        return status;
    }
    w = (struct words){0};
    words_add_all(ctx, &w,
                  (const char *[]){"objcopy", "--redefine-sym", "main=tl_main",
                                   "--keep-global-symbol=tl_main", keep, one,
                                   NULL});
    compile_rename(ctx, &w, flavour);
    return run(ctx, &w, text);
}

/* What the linker lacks, where it would name files of the kit. */
static const struct {
    const char *says, *means;
} link_errors[] = {
    {"undefined reference to `tl_main'",
     "None of the files has a function main()."},
    {"undefined reference to `__atomic_",
     "Atomic objects of more than 8 bytes are a library's work, with every\n"
     "compiler: add --ldflags -latomic (or, for 16 bytes, --cflags -mcx16)."},
};

static int link_program(TALLOC_CTX *ctx, const struct builder *b,
                        const struct program *p, enum flavour flavour,
                        const char *top, const char **text)
{
    struct words w = compile_link_command(ctx, flavour);
    int status;

    words_add_all(ctx, &w,
                  (const char *[]){"-o", talloc_asprintf(ctx, "%s/test", top),
                                   talloc_asprintf(ctx, "%s/program.o", top),
                                   NULL});
    compile_link_runtime(ctx, &w, b, "runner-program.o");
    words_add_all(ctx, &w, (const char *const *)p->ldflags);
    words_add(ctx, &w, "-lm");
    status = run(ctx, &w, text);
    for (size_t i = 0; i < sizeof link_errors / sizeof *link_errors; i++) {
        if (status > 0 && strstr(*text, link_errors[i].says) != NULL) {
            *text = link_errors[i].means;
        }
    }
    return status;
}

static int compile_all(TALLOC_CTX *ctx, const struct builder *b,
                       const struct program *p, enum flavour flavour,
                       const char *top, struct words *objects,
                       const char **text)
{
    int status = 0;

    for (size_t i = 0; status == 0 && p->sources[i] != NULL; i++) {
        struct words w = compiler(ctx, p, flavour);
        const char *object = talloc_asprintf(ctx, "%s/%zu.o", top, i);
        compile_headers(ctx, &w, b, flavour);
        w = compile_object(ctx, b, &w, flavour, p->sources[i], object);
        words_add(ctx, objects, object);
        status = run(ctx, &w, text);
    }
    return status;
}

/* `text` without `folder`/ wherever it has it. */
static const char *without(TALLOC_CTX *ctx, const char *text,
                           const char *folder)
{
    const char *prefix = talloc_asprintf(ctx, "%s/", folder);
    char *out = talloc_strdup(ctx, "");
    const char *at;

    while ((at = strstr(text, prefix)) != NULL) {
        out = talloc_strndup_append_buffer(out, text, (size_t)(at - text));
        text = at + strlen(prefix);
    }
    return talloc_strdup_append_buffer(out, text);
}

/* What the tools say, with the paths a reader knows: theirs are whole ones, or
 * those of files he never sees. */
static const char *readable(TALLOC_CTX *ctx, const char *text, const char *top)
{
    char here[PATH_MAX];

    text = without(ctx, text, top);
    return getcwd(here, sizeof here) != NULL ? without(ctx, text, here) : text;
}

struct build program_build(TALLOC_CTX *ctx, struct builder *b,
                           const struct program *p, enum flavour flavour)
{
    const char *cached =
        talloc_asprintf(ctx, "%s/%s", b->cache, binary_key(ctx, b, p, flavour));
    const char *top = talloc_asprintf(ctx, "%s/%u", b->scratch,
                                      atomic_fetch_add(&b->next, 1));
    struct words objects = {0};
    const char *text = "";
    int status;

    if (compile_cached(cached)) {
        return (struct build){
            .status = BUILD_OK, .path = cached, .cached = true};
    }
    status = file_make_dirs(top) == 0 ? 0 : -1;
    if (status == 0) {
        status = compile_all(ctx, b, p, flavour, top, &objects, &text);
    }
    if (status == 0) {
        status = join(ctx, top, &objects, flavour, &text);
    }
    if (status == 0) {
        status = link_program(ctx, b, p, flavour, top, &text);
    }
    if (status == 0) {
        status = file_copy(talloc_asprintf(ctx, "%s/test", top), cached);
    }
    file_remove_tree(top);
    return status == 0 ? (struct build){.status = BUILD_OK, .path = cached}
                       : outcome(status, readable(ctx, text, top));
}
