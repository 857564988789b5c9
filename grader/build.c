/* SPDX-License-Identifier: MIT */
/* build.c - theory of operation.
 *
 * Every product (an object file, a binary) has a key: the SHA-256 of all
 * that goes into it - sources, flags, compiler version, the runtime library.
 * If the cache has a file of that name, it is the product; else it is made
 * in a scratch folder and moved there by rename. Two threads that make the
 * same product both succeed; the second rename changes nothing. */
#include "build.h"
#include "compile.h"
#include "file.h"
#include "proc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { CACHE_SECONDS = 7 * 24 * 3600 };

static const char *const strict_flags[] = {"-Wpedantic",
                                           "-Wshadow",
                                           "-Wconversion",
                                           "-Wstrict-prototypes",
                                           "-Wmissing-prototypes",
                                           "-Wvla",
                                           "-Wformat=2",
                                           "-Wundef",
                                           "-Werror",
                                           NULL};

/* -- keys ----------------------------------------------------------------- */

static void hash_headers(SHA2_CTX *h, const struct exercise *e)
{
    for (size_t i = 0; i < e->header_count; i++) {
        char *path = talloc_asprintf(NULL, "%s/%s", e->dir, e->headers[i]);
        key_file(h, path);
        talloc_free(path);
    }
}

/* -- the builder ---------------------------------------------------------- */

static const char *first_line(TALLOC_CTX *ctx, char *const *argv)
{
    struct proc_spec spec = {.argv = argv, .fd3 = -1, .fd4 = -1};
    struct proc_result r;

    if (proc_run(ctx, &spec, 10000, &r) != 0 || r.status != 0) {
        return NULL;
    }
    return talloc_strndup(ctx, r.output, strcspn(r.output, "\n"));
}

static const char *choose_cache(struct builder *b)
{
    const char *set = getenv("THREADLAB_CACHE");
    const char *choices[3] = {
        set, talloc_asprintf(b, "%s/build/cache", b->course->root),
        talloc_asprintf(b, "%s/cache", b->scratch)};

    for (int i = 0; i < 3; i++) {
        if (choices[i] != NULL && choices[i][0] != '\0' &&
            file_make_dirs(choices[i]) == 0 && access(choices[i], W_OK) == 0) {
            return talloc_strdup(b, choices[i]);
        }
    }
    return b->scratch;
}

/* What nobody has used for a week will not be missed. */
static void prune_cache(const char *dir)
{
    DIR *d = opendir(dir);
    time_t limit = time(NULL) - CACHE_SECONDS;
    struct dirent *entry;
    struct stat st;

    while (d != NULL && (entry = readdir(d)) != NULL) {
        if (fstatat(dirfd(d), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISREG(st.st_mode) && st.st_mtime < limit) {
            unlinkat(dirfd(d), entry->d_name, 0);
        }
    }
    if (d != NULL) {
        closedir(d);
    }
}

static const char *hash_runtime(struct builder *b)
{
    static const char *const files[] = {
        "runner-criterion.o", "runner-program.o", "libstock.a",
        "libwide.a",          "wraps.rsp",        "include/stdatomic.h",
        "locals.sh",          "locals.sed"};
    SHA2_CTX h;

    SHA256Init(&h);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char *path = talloc_asprintf(b, "%s/build/runtime/%s", b->course->root,
                                     files[i]);
        if (!file_exists(path)) {
            return NULL;
        }
        key_file(&h, path);
    }
    key_text(&h, b->version);
    return key_end(b, &h);
}

struct builder *builder_open(TALLOC_CTX *ctx, const struct course *course,
                             const struct sandbox *sandbox, const char *scratch,
                             const char **out_error)
{
    struct builder *b = talloc_zero(ctx, struct builder);
    char *argv[] = {"clang", "--version", NULL};

    b->course = course;
    b->sandbox = sandbox;
    b->scratch = talloc_strdup(b, scratch);
    b->version = first_line(b, argv);
    if (b->version == NULL) {
        *out_error = "clang is missing: install it, or run `make setup`";
        return NULL;
    }
    b->cache = choose_cache(b);
    prune_cache(b->cache);
    b->runtime_key = hash_runtime(b);
    if (b->runtime_key == NULL) {
        *out_error = "build/runtime is missing: run `make` in the kit first";
        return NULL;
    }
    return b;
}

const char *builder_compiler(const struct builder *b)
{
    return b->version;
}

/* -- compiling ------------------------------------------------------------ */

/* A scratch folder with the submission and pristine copies of the rest:
 * SCRATCH/N/ID/{bank.c,bank.h,test_bank.c,threadlab.h}. The compiler runs in
 * SCRATCH/N, so it names files as the student knows them: ID/bank.c. */
struct site {
    const char *top, *dir;
};

static int site_make(TALLOC_CTX *ctx, struct builder *b,
                     const struct exercise *e, const char *submission,
                     struct site *out)
{
    const char *kit_header =
        talloc_asprintf(ctx, "%s/grader/runtime/threadlab.h", b->course->root);
    int rc;

    out->top = talloc_asprintf(ctx, "%s/%u", b->scratch,
                               atomic_fetch_add(&b->next, 1));
    out->dir = talloc_asprintf(ctx, "%s/%s", out->top, e->id);
    rc = file_make_dirs(out->dir);
    if (rc == 0 && submission != NULL) {
        rc = file_copy(submission,
                       talloc_asprintf(ctx, "%s/%s", out->dir, e->file));
    }
    for (size_t i = 0; rc == 0 && i < e->header_count; i++) {
        rc = file_copy(talloc_asprintf(ctx, "%s/%s", e->dir, e->headers[i]),
                       talloc_asprintf(ctx, "%s/%s", out->dir, e->headers[i]));
    }
    if (rc == 0) {
        rc = file_copy(talloc_asprintf(ctx, "%s/%s", e->dir, e->test),
                       talloc_asprintf(ctx, "%s/%s", out->dir, e->test));
    }
    return rc == 0 ? file_copy(kit_header,
                               talloc_asprintf(ctx, "%s/threadlab.h", out->dir))
                   : rc;
}

/* Run one tool in a site, sandboxed. Returns its exit status, or -1 with
 * *out_text saying why it could not run. */
static int run_tool(TALLOC_CTX *ctx, struct builder *b, const char *top,
                    struct words *w, const char **out_text)
{
    char *tmp = talloc_asprintf(ctx, "TMPDIR=%s", top);
    char *env[] = {"PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C.UTF-8", tmp,
                   "HOME=/tmp", NULL};
    const char *kit = talloc_asprintf(ctx, "%s/build/runtime", b->course->root);
    struct proc_spec spec = {.argv = sandbox_argv(ctx, b->sandbox, top, kit,
                                                  compile_limited(ctx, w)),
                             .env = env,
                             .cwd = top,
                             .fd3 = -1,
                             .fd4 = -1};
    struct proc_result r;
    int rc = proc_run(ctx, &spec, COMPILE_MS, &r);

    if (rc != 0) {
        *out_text =
            talloc_asprintf(ctx, "%s: %s", compile_tool(w), strerror(rc));
        return -1;
    }
    *out_text = r.output;
    if (r.timed_out) {
        *out_text =
            talloc_asprintf(ctx, "%s%s did not finish in %d s", r.output,
                            compile_tool(w), COMPILE_MS / 1000);
        return 1;
    }
    if (r.output[0] == '\0' && (r.signal != 0 || r.status != 0)) {
        *out_text = talloc_asprintf(
            ctx, "%s needed more time, memory or room than it may have",
            compile_tool(w));
    }
    return r.signal != 0 ? 1 : r.status;
}

/* Names the test object wants from elsewhere, one per line; and the one that
 * every object with cleanup handlers has, of which the linker keeps a single
 * copy: a local name would be left without. */
static char *wanted_names(TALLOC_CTX *ctx, const char *object)
{
    char *names = talloc_strdup(ctx, COMPILE_KEEP "\n");
    int fd = open(object, O_RDONLY | O_CLOEXEC);
    Elf_Scn *section = NULL;
    GElf_Shdr header;
    GElf_Sym sym;
    Elf *elf;

    elf_version(EV_CURRENT);
    elf = fd >= 0 ? elf_begin(fd, ELF_C_READ, NULL) : NULL;
    while (elf != NULL && (section = elf_nextscn(elf, section)) != NULL) {
        Elf_Data *data;
        if (gelf_getshdr(section, &header) == NULL ||
            header.sh_type != SHT_SYMTAB ||
            (data = elf_getdata(section, NULL)) == NULL) {
            continue;
        }
        for (int i = 0; gelf_getsym(data, i, &sym) != NULL; i++) {
            if (sym.st_shndx == SHN_UNDEF && sym.st_name != 0) {
                names = talloc_asprintf_append(
                    names, "%s\n",
                    elf_strptr(elf, header.sh_link, sym.st_name));
            }
        }
    }
    if (elf != NULL) {
        elf_end(elf);
    }
    if (fd >= 0) {
        close(fd);
    }
    return names;
}

static struct build fault(TALLOC_CTX *ctx, const char *what, int rc)
{
    return (struct build){
        .status = BUILD_FAULT,
        .errors = talloc_asprintf(ctx, "%s: %s", what, strerror(rc))};
}

/* A step's exit as a build: rejected if the tool said no. */
static struct build judged(int status, const char *text)
{
    return (struct build){.status = status == 0  ? BUILD_OK
                                    : status < 0 ? BUILD_FAULT
                                                 : BUILD_REJECTED,
                          .errors = text};
}

static int compile(TALLOC_CTX *ctx, struct builder *b, const struct site *s,
                   const struct exercise *e, enum flavour flavour,
                   const char *source, const char *object,
                   const char **out_text)
{
    struct words w = compile_command(ctx, flavour);

    compile_headers(ctx, &w, b, flavour);
    words_add_all(ctx, &w, (const char *[]){"-I", e->id, NULL});
    w = compile_object(ctx, b, &w, flavour,
                       talloc_asprintf(ctx, "%s/%s", e->id, source), object);
    return run_tool(ctx, b, s->top, &w, out_text);
}

/* The test object changes with the kit only, so it has a key of its own. */
static struct build test_object(TALLOC_CTX *ctx, struct builder *b,
                                const struct site *s, const struct exercise *e,
                                enum flavour flavour)
{
    struct words w = compile_command(ctx, flavour);
    const char *object = talloc_asprintf(ctx, "%s/test.o", s->top);
    const char *text, *cached;
    SHA2_CTX h;
    int rc;

    SHA256Init(&h);
    key_words(&h, &w);
    key_text(&h, b->runtime_key);
    key_text(&h, e->id);
    hash_headers(&h, e);
    key_file(&h, talloc_asprintf(ctx, "%s/%s", e->dir, e->test));
    cached = talloc_asprintf(ctx, "%s/%s.o", b->cache, key_end(ctx, &h));
    if (file_copy(cached, object) == 0) {
        return (struct build){.status = BUILD_OK, .path = object};
    }
    rc = compile(ctx, b, s, e, flavour, e->test, "test.o", &text);
    if (rc != 0) { /* the kit's own file: never the student's fault */
        return (struct build){.status = BUILD_FAULT, .errors = text};
    }
    file_copy(object, cached);
    return (struct build){.status = BUILD_OK, .path = object};
}

/* What runtime/stock.c and runtime/wrap_malloc.c need of the linker. */
static const char *const stock_wraps[] = {
    "pthread_create", "thrd_create", "criterion_internal_test_setup",
    "malloc",         "calloc",      "realloc",
    "aligned_alloc"};

static int link_test(TALLOC_CTX *ctx, struct builder *b, const struct site *s,
                     enum flavour flavour, const char **out_text)
{
    struct words w = compile_link_command(ctx, flavour);
    const char *kit = talloc_asprintf(ctx, "%s/build/runtime", b->course->root);

    words_add_all(ctx, &w,
                  (const char *[]){"-o", "test", "test.o", "code.o", NULL});
    if (flavour != FLAVOUR_PLAIN) {
        compile_link_runtime(ctx, &w, b, "runner-criterion.o");
    } else {
        for (size_t i = 0; i < sizeof stock_wraps / sizeof stock_wraps[0];
             i++) {
            words_add(ctx, &w,
                      talloc_asprintf(ctx, "-Wl,--wrap=%s", stock_wraps[i]));
        }
        words_add(ctx, &w, talloc_asprintf(ctx, "%s/libstock.a", kit));
    }
    words_add(ctx, &w, "-Wl,--as-needed");
    words_add(ctx, &w, "-lcriterion");
    return run_tool(ctx, b, s->top, &w, out_text);
}

/* What has passed the audit, under this exercise's lists, is kept as an object:
 * that of the plain flavour, so that nobody has to compile it again. `plain` is
 * the path of that flavour's binary. */
static const char *audited_object(TALLOC_CTX *ctx, struct builder *b,
                                  const struct exercise *e, const char *plain)
{
    SHA2_CTX h;

    SHA256Init(&h);
    key_text(&h, plain);
    for (unsigned i = 0; i < e->forbid_count; i++) {
        key_text(&h, talloc_asprintf(ctx, "-%s", e->forbid[i]));
    }
    for (unsigned i = 0; i < e->allow_count; i++) {
        key_text(&h, talloc_asprintf(ctx, "+%s", e->allow[i]));
    }
    return talloc_asprintf(ctx, "%s/%s.o", b->cache, key_end(ctx, &h));
}

static int code_object(TALLOC_CTX *ctx, struct builder *b, const struct site *s,
                       const struct exercise *e, enum flavour flavour,
                       const char *binary, const char **out_text)
{
    if (flavour == FLAVOUR_PLAIN &&
        file_copy(audited_object(ctx, b, e, binary),
                  talloc_asprintf(ctx, "%s/code.o", s->top)) == 0) {
        return 0;
    }
    return compile(ctx, b, s, e, flavour, e->file, "code.o", out_text);
}

static struct build make_binary(TALLOC_CTX *ctx, struct builder *b,
                                const struct exercise *e,
                                const char *submission, enum flavour flavour,
                                const char *cached)
{
    struct site s;
    struct build made;
    struct words w = {0};
    const char *text, *keep, *names;
    int rc = site_make(ctx, b, e, submission, &s);

    if (rc != 0) {
        return fault(ctx, "cannot prepare the build", rc);
    }
    made = test_object(ctx, b, &s, e, flavour);
    if (made.status != BUILD_OK) {
        return made;
    }
    rc = code_object(ctx, b, &s, e, flavour, cached, &text);
    if (rc != 0) {
        return judged(rc, text);
    }
    names = wanted_names(ctx, made.path);
    keep = talloc_asprintf(ctx, "%s/keep", s.top);
    rc = file_write(keep, names, strlen(names));
    if (rc != 0) {
        return fault(ctx, keep, rc);
    }
    words_add_all(ctx, &w,
                  (const char *[]){"objcopy", "--keep-global-symbols=keep",
                                   "code.o", NULL});
    compile_rename(ctx, &w, flavour);
    rc = run_tool(ctx, b, s.top, &w, &text);
    if (rc == 0) {
        rc = link_test(ctx, b, &s, flavour, &text);
    }
    if (rc != 0) {
        return judged(rc, text);
    }
    rc = file_copy(talloc_asprintf(ctx, "%s/test", s.top), cached);
    file_remove_tree(s.top);
    return rc != 0 ? fault(ctx, cached, rc)
                   : (struct build){.status = BUILD_OK, .path = cached};
}

/* Where the binary is kept. */
static char *binary_path(TALLOC_CTX *ctx, struct builder *b,
                         const struct exercise *e, const char *submission,
                         enum flavour flavour)
{
    struct words w = compile_command(ctx, flavour);
    SHA2_CTX h;

    SHA256Init(&h);
    key_words(&h, &w);
    key_text(&h, COMPILE_METHOD);
    key_text(&h, compile_flavour(flavour));
    key_text(&h, b->runtime_key);
    key_text(&h, e->id);
    hash_headers(&h, e);
    key_file(&h, talloc_asprintf(ctx, "%s/%s", e->dir, e->test));
    key_text(&h, e->file);
    {
        char *text;
        size_t length;
        if (file_read(ctx, submission, &text, &length) == 0) {
            SHA256Update(&h, (const uint8_t *)text, length);
        }
    }
    return talloc_asprintf(ctx, "%s/%s", b->cache, key_end(ctx, &h));
}

struct build build_flavour(TALLOC_CTX *ctx, struct builder *b,
                           const struct exercise *e, const char *submission,
                           enum flavour flavour)
{
    const char *cached = binary_path(ctx, b, e, submission, flavour);

    if (compile_cached(cached)) {
        return (struct build){
            .status = BUILD_OK, .path = cached, .cached = true};
    }
    return make_binary(ctx, b, e, submission, flavour, cached);
}

/* -- checking ------------------------------------------------------------- */

static const char *const system_dirs[] = {
    "/usr/include/", "/usr/lib/", "/usr/local/include/", "/usr/lib64/", NULL};

static size_t audit_text(TALLOC_CTX *ctx, const struct exercise *e,
                         const char *text, struct offence **out)
{
    const char **own =
        talloc_zero_array(ctx, const char *, (unsigned)e->header_count + 2);

    for (size_t i = 0; i < e->header_count; i++) {
        own[i] = talloc_asprintf(ctx, "%s/%s", e->id, e->headers[i]);
    }
    own[e->header_count] = talloc_asprintf(ctx, "%s/%s", e->id, e->file);
    return audit_source(ctx, text, own[e->header_count], system_dirs, own, out);
}

static struct build rejected(struct offence *list, size_t count)
{
    return (struct build){.status = BUILD_REJECTED,
                          .errors = "",
                          .offences = list,
                          .offence_count = count};
}

static struct build check_fresh(TALLOC_CTX *ctx, struct builder *b,
                                const struct exercise *e,
                                const char *submission, const char *audited)
{
    struct words w = compile_command(ctx, FLAVOUR_PLAIN);
    const char *source = talloc_asprintf(ctx, "%s/%s", e->id, e->file);
    struct offence *offences = NULL;
    const char *text, *object;
    char *expanded, *written;
    struct site s;
    size_t n, length;
    int count;
    int rc = site_make(ctx, b, e, submission, &s);

    if (rc != 0) {
        return fault(ctx, submission, rc);
    }
    words_add_all(ctx, &w,
                  (const char *[]){"-E", "-o", "code.i", source, NULL});
    rc = run_tool(ctx, b, s.top, &w, &text);
    if (rc != 0) {
        return judged(rc, text);
    }
    rc = file_read(ctx, talloc_asprintf(ctx, "%s/%s", s.top, source), &written,
                   &length);
    if (rc != 0) {
        return fault(ctx, source, rc);
    }
    n = audit_directives(ctx, written, length, &offences);
    if (n > 0) {
        return rejected(offences, n);
    }
    rc = file_read(ctx, talloc_asprintf(ctx, "%s/code.i", s.top), &expanded,
                   NULL);
    if (rc != 0) {
        return fault(ctx, "code.i", rc);
    }
    n = audit_text(ctx, e, expanded, &offences);
    if (n > 0) {
        return rejected(offences, n);
    }
    rc = compile(ctx, b, &s, e, FLAVOUR_PLAIN, e->file, "code.o", &text);
    if (rc != 0) {
        return judged(rc, text);
    }
    object = talloc_asprintf(ctx, "%s/code.o", s.top);
    count = audit_object(ctx, object, e, &offences);
    if (count == 0) {
        file_copy(object, audited);
    }
    file_remove_tree(s.top);
    return count > 0 ? rejected(offences, (size_t)count)
                     : (struct build){.status = BUILD_OK, .errors = ""};
}

struct build build_check(TALLOC_CTX *ctx, struct builder *b,
                         const struct exercise *e, const char *submission)
{
    const char *plain = binary_path(ctx, b, e, submission, FLAVOUR_PLAIN);
    const char *audited = audited_object(ctx, b, e, plain);

    if (compile_cached(audited)) {
        return (struct build){.status = BUILD_OK, .errors = "", .cached = true};
    }
    return check_fresh(ctx, b, e, submission, audited);
}

const char *build_warnings(TALLOC_CTX *ctx, struct builder *b,
                           const struct exercise *e, const char *submission)
{
    const char *text = "";
    struct site s;

    if (site_make(ctx, b, e, submission, &s) != 0) {
        return talloc_asprintf(ctx, "cannot read %s", submission);
    }
    for (int i = 0; i < 2 && text[0] == '\0'; i++) {
        struct words w = compile_command(ctx, FLAVOUR_PLAIN);
        words_add_all(ctx, &w, strict_flags);
        /* clang warns while it reads, gcc while it optimises, too. */
        words_add(ctx, &w, i == 0 ? "-fsyntax-only" : "-c");
        words_add(ctx, &w, talloc_asprintf(ctx, "%s/%s", e->id, e->file));
        if (i == 1) { /* the other compiler; some flags only clang knows */
            w.v[0] = talloc_strdup(ctx, "gcc");
            for (size_t k = 1; k < w.n; k++) {
                if (strcmp(w.v[k], "-gdwarf-aranges") == 0) {
                    w.v[k] = talloc_strdup(ctx, "-g");
                }
            }
        }
        run_tool(ctx, b, s.top, &w, &text);
    }
    file_remove_tree(s.top);
    return text;
}
