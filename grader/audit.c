/* SPDX-License-Identifier: MIT */
/* audit.c - see audit.h. The tables below are the whole policy. */
#include "audit.h"

#include <ctype.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Words that may not appear in the submission once macros are expanded. */
static const struct {
    const char *word, *why;
} words[] = {
    {"asm", "inline assembly hides what the program does"},
    {"__asm", "inline assembly hides what the program does"},
    {"__asm__", "inline assembly hides what the program does"},
    {"no_sanitize", "it would hide mistakes from the grader"},
    {"no_sanitize_thread", "it would hide mistakes from the grader"},
    {"no_sanitize_address", "it would hide mistakes from the grader"},
    {"no_sanitize_memory", "it would hide mistakes from the grader"},
    {"no_address_safety_analysis", "it would hide mistakes from the grader"},
    {"disable_sanitizer_instrumentation",
     "it would hide mistakes from the grader"},
    {"constructor", "code of an exercise may not run before main"},
    {"destructor", "code of an exercise may not run after main"},
    {"ifunc", "code of an exercise may not run before main"},
    {"section", "code and data stay in their usual sections"},
    {"naked", "inline assembly hides what the program does"},
};

/* Names nobody but the kit, Criterion and the tools may define. */
static const char *const reserved[] = {
    "__tsan_",    "__asan_",    "__lsan_", "__ubsan_", "__sanitizer_",
    "__wrap_",    "__real_",    "criterion_", "pthread_", "__pthread_",
    "__cxa_",
};
static const char *const reserved_whole[] = {
    "main", "_start", "_init", "_fini", "malloc", "free", "calloc",
    "realloc", "fork", "exit", "_exit", "abort"};

/* Calls no exercise needs unless its exercise.yaml allows them. */
static const struct {
    const char *name, *why;
} calls[] = {
    {"fork", "the exercise is about threads, not processes"},
    {"vfork", "the exercise is about threads, not processes"},
    {"clone", "threads are made with pthread_create"},
    {"system", "the exercise is about threads, not processes"},
    {"popen", "the exercise is about threads, not processes"},
    {"posix_spawn", "the exercise is about threads, not processes"},
    {"posix_spawnp", "the exercise is about threads, not processes"},
    {"daemon", "the exercise is about threads, not processes"},
    {"syscall", "it goes past the functions the grader watches"},
    {"dlopen", "it goes past the functions the grader watches"},
    {"dlsym", "it goes past the functions the grader watches"},
    {"dlvsym", "it goes past the functions the grader watches"},
    {"ptrace", "it goes past the functions the grader watches"},
    {"prctl", "it goes past the functions the grader watches"},
    {"personality", "it goes past the functions the grader watches"},
    {"setrlimit", "limits are set by the grader"},
    {"setjmp", "jumps across locks and threads cannot be followed"},
    {"_setjmp", "jumps across locks and threads cannot be followed"},
    {"longjmp", "jumps across locks and threads cannot be followed"},
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct offences {
    TALLOC_CTX *ctx;
    struct offence *list;
    size_t count;
};

static void offend(struct offences *o, int line, char *what)
{
    for (size_t i = 0; i < o->count; i++) {
        if (strcmp(o->list[i].what, what) == 0) {
            return;
        }
    }
    o->list = talloc_realloc(o->ctx, o->list, struct offence,
                             (unsigned)(o->count + 1));
    o->list[o->count++] = (struct offence){what, line};
}

static bool starts_with(const char *s, const char *prefix)
{
    return strncmp(s, prefix, strlen(prefix)) == 0;
}

/* -- the source ----------------------------------------------------------- */

static bool name_ends(const char *path, size_t n, const char *file)
{
    size_t m = strlen(file);

    return n >= m && strncmp(path + n - m, file, m) == 0 &&
           (n == m || path[n - m - 1] == '/');
}

static bool may_include(const char *path, size_t n, const char *const *system,
                        const char *const *own)
{
    for (; *system != NULL; system++) {
        if (strncmp(path, *system, strlen(*system)) == 0) {
            return true;
        }
    }
    for (; *own != NULL; own++) {
        if (strlen(*own) == n && strncmp(path, *own, n) == 0) {
            return true;
        }
    }
    return path[0] == '<'; /* <built-in>, <command line> */
}

/* One identifier; true if it is at `s`. */
static size_t identifier(const char *s)
{
    size_t n = 0;

    if (isalpha((unsigned char)*s) || *s == '_') {
        while (isalnum((unsigned char)s[n]) || s[n] == '_') {
            n++;
        }
    }
    return n;
}

static size_t literal(const char *s)
{
    char quote = *s;
    size_t n = 1;

    while (s[n] != '\0' && s[n] != quote && s[n] != '\n') {
        n += s[n] == '\\' && s[n + 1] != '\0' ? 2 : 1;
    }
    return s[n] == quote ? n + 1 : n;
}

static void check_word(struct offences *o, const char *s, size_t n, int line)
{
    for (size_t i = 0; i < COUNT(words); i++) {
        size_t m = strlen(words[i].word);
        /* Attributes may be spelled __word__ too. */
        bool plain = n == m && strncmp(s, words[i].word, n) == 0;
        bool dressed = n == m + 4 && strncmp(s, "__", 2) == 0 &&
                       strncmp(s + 2, words[i].word, m) == 0 &&
                       strncmp(s + 2 + m, "__", 2) == 0;
        if (plain || dressed) {
            offend(o, line,
                   talloc_asprintf(o->ctx, "It uses `%s`: %s.", words[i].word,
                                   words[i].why));
        }
    }
}

static void check_line(struct offences *o, const char *s, int line)
{
    while (*s != '\0' && *s != '\n') {
        size_t n = identifier(s);
        if (n > 0) {
            check_word(o, s, n, line);
        } else if (*s == '"' || *s == '\'') {
            n = literal(s);
        } else {
            n = 1;
        }
        s += n;
    }
}

/* The words above are attributes only inside __attribute__ or [[ ]]; outside
 * they are names a student may well use. asm is a keyword everywhere. */
static bool worth_checking(const char *s)
{
    const char *end = strchr(s, '\n');
    size_t n = end != NULL ? (size_t)(end - s) : strlen(s);

    return memmem(s, n, "__attribute", 11) != NULL ||
           memmem(s, n, "[[", 2) != NULL || memmem(s, n, "asm", 3) != NULL ||
           memmem(s, n, "#pragma", 7) != NULL;
}

size_t audit_source(TALLOC_CTX *ctx, const char *text, const char *file,
                    const char *const *system, const char *const *own,
                    struct offence **out)
{
    struct offences o = {.ctx = ctx};
    bool inside = false;
    int line = 0, include_line = 0, n;
    char path[512];

    for (const char *s = text; s != NULL && *s != '\0';) {
        if (sscanf(s, "# %d \"%511[^\"]\"", &n, path) == 2) {
            bool was = inside;
            inside = name_ends(path, strlen(path), file);
            include_line = was ? line : include_line;
            if (!inside && was &&
                !may_include(path, strlen(path), system, own)) {
                offend(&o, include_line,
                       talloc_asprintf(ctx,
                                       "It includes %s, which is neither a "
                                       "system header nor the contract.",
                                       path));
            }
            line = inside ? n : line;
        } else {
            if (inside && worth_checking(s)) {
                check_line(&o, s, line);
            }
            line += inside;
        }
        s = strchr(s, '\n');
        s = s != NULL ? s + 1 : NULL;
    }
    *out = o.list;
    return o.count;
}

/* -- the object ----------------------------------------------------------- */

static bool listed(char *const *list, unsigned count, const char *name)
{
    for (unsigned i = 0; i < count; i++) {
        if (strcmp(list[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static void check_defined(struct offences *o, const char *name)
{
    bool bad = false;

    for (size_t i = 0; i < COUNT(reserved); i++) {
        bad = bad || starts_with(name, reserved[i]);
    }
    for (size_t i = 0; i < COUNT(reserved_whole); i++) {
        bad = bad || strcmp(name, reserved_whole[i]) == 0;
    }
    if (bad) {
        offend(o, 0,
               talloc_asprintf(o->ctx,
                               strcmp(name, "main") == 0
                                   ? "It defines `%s`: the tests bring their "
                                     "own. Try things out in a file of your "
                                     "own."
                                   : "It defines `%s`, a name that belongs "
                                     "to the system or to the grader.",
                               name));
    }
}

static void check_called(struct offences *o, const struct exercise *e,
                         const char *name)
{
    if (listed(e->forbid, e->forbid_count, name)) {
        offend(o, 0,
               talloc_asprintf(o->ctx,
                               "It calls `%s`, which this exercise does not "
                               "allow.",
                               name));
        return;
    }
    for (size_t i = 0; i < COUNT(calls); i++) {
        if (strcmp(calls[i].name, name) == 0 &&
            !listed(e->allow, e->allow_count, name)) {
            offend(o, 0,
                   talloc_asprintf(o->ctx, "It calls `%s`: %s.", name,
                                   calls[i].why));
        }
    }
    if (starts_with(name, "__tsan_") || starts_with(name, "criterion_") ||
        starts_with(name, "__real_")) {
        offend(o, 0,
               talloc_asprintf(o->ctx,
                               "It calls `%s`, which belongs to the grader.",
                               name));
    }
}

static void check_symbols(struct offences *o, const struct exercise *e,
                          Elf *elf, Elf_Scn *section, const GElf_Shdr *header)
{
    Elf_Data *data = elf_getdata(section, NULL);
    size_t count = (size_t)(header->sh_size / header->sh_entsize);

    for (size_t i = 0; data != NULL && i < count; i++) {
        GElf_Sym sym;
        const char *name;
        if (gelf_getsym(data, (int)i, &sym) == NULL ||
            GELF_ST_BIND(sym.st_info) == STB_LOCAL) {
            continue;
        }
        name = elf_strptr(elf, header->sh_link, sym.st_name);
        if (name == NULL) {
            continue;
        }
        if (sym.st_shndx == SHN_UNDEF) {
            check_called(o, e, name);
        } else {
            check_defined(o, name);
        }
    }
}

static void check_sections(struct offences *o, const struct exercise *e,
                           Elf *elf)
{
    Elf_Scn *section = NULL;
    size_t names;

    if (elf_getshdrstrndx(elf, &names) != 0) {
        return;
    }
    while ((section = elf_nextscn(elf, section)) != NULL) {
        GElf_Shdr header;
        const char *name;
        if (gelf_getshdr(section, &header) == NULL ||
            (name = elf_strptr(elf, names, header.sh_name)) == NULL) {
            continue;
        }
        if (strstr(name, "init_array") != NULL ||
            strstr(name, "fini_array") != NULL ||
            starts_with(name, ".ctors") || starts_with(name, ".dtors") ||
            strcmp(name, ".init") == 0 || strcmp(name, "cr_tst") == 0 ||
            strcmp(name, "cr_sts") == 0) {
            offend(o, 0,
                   talloc_asprintf(o->ctx,
                                   "It places something in section `%s`: "
                                   "code of an exercise may not run before "
                                   "or after the tests.",
                                   name));
        }
        if (header.sh_type == SHT_SYMTAB && header.sh_entsize > 0) {
            check_symbols(o, e, elf, section, &header);
        }
    }
}

int audit_object(TALLOC_CTX *ctx, const char *path, const struct exercise *e,
                 struct offence **out)
{
    struct offences o = {.ctx = ctx};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    Elf *elf;

    elf_version(EV_CURRENT);
    if (fd < 0) {
        return -1;
    }
    elf = elf_begin(fd, ELF_C_READ, NULL);
    if (elf != NULL) {
        check_sections(&o, e, elf);
        elf_end(elf);
    }
    close(fd);
    *out = o.list;
    return elf != NULL ? (int)o.count : -1;
}
