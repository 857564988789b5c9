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

/* Words that may not appear in the submission once macros are expanded; also
 * when spelled __word__. All but the first two are attributes, and elsewhere
 * names a student may well use. */
enum { KEYWORDS = 2 };
static const struct {
    const char *word, *why;
} words[] = {
    {"asm", "inline assembly hides what the program does"},
    {"__asm", "inline assembly hides what the program does"},
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
    "__tsan_",      "__asan_",    "__lsan_", "__ubsan_",
    "__sanitizer_", "__wrap_",    "__real_", "criterion_",
    "pthread_",     "__pthread_", "__cxa_",
};
static const char *const reserved_whole[] = {
    "main",          "_start",        "_init",         "_fini",
    "malloc",        "free",          "calloc",        "realloc",
    "fork",          "exit",          "_exit",         "abort",
    "sem_init",      "sem_destroy",   "sem_wait",      "sem_trywait",
    "sem_timedwait", "sem_clockwait", "sem_post",      "thrd_create",
    "thrd_join",     "thrd_detach",   "thrd_exit",     "mtx_init",
    "mtx_destroy",   "mtx_lock",      "mtx_trylock",   "mtx_timedlock",
    "mtx_unlock",    "cnd_init",      "cnd_destroy",   "cnd_wait",
    "cnd_timedwait", "cnd_signal",    "cnd_broadcast", "call_once"};

/* Calls no exercise needs unless its exercise.yaml allows them. */
static const struct {
    const char *name, *why;
} calls[] = {
    {"fork", "the exercise is about threads, not processes"},
    {"_Fork", "the exercise is about threads, not processes"},
    {"__fork", "the exercise is about threads, not processes"},
    {"vfork", "the exercise is about threads, not processes"},
    {"__vfork", "the exercise is about threads, not processes"},
    {"forkpty", "the exercise is about threads, not processes"},
    {"clone", "threads are made with pthread_create"},
    {"__clone", "threads are made with pthread_create"},
    {"system", "the exercise is about threads, not processes"},
    {"popen", "the exercise is about threads, not processes"},
    {"wordexp", "it runs a shell"},
    {"posix_spawn", "the exercise is about threads, not processes"},
    {"posix_spawnp", "the exercise is about threads, not processes"},
    {"daemon", "the exercise is about threads, not processes"},
    {"socket", "the exercise is about threads, not the network"},
    {"kill", "the exercise is about threads, not processes"},
    {"killpg", "the exercise is about threads, not processes"},
    {"sigqueue", "the exercise is about threads, not processes"},
    {"tgkill", "the exercise is about threads, not processes"},
    {"pidfd_send_signal", "the exercise is about threads, not processes"},
    {"syscall", "it goes past the functions the grader watches"},
    {"dlopen", "it goes past the functions the grader watches"},
    {"dlsym", "it goes past the functions the grader watches"},
    {"dlvsym", "it goes past the functions the grader watches"},
    {"dlmopen", "it goes past the functions the grader watches"},
    {"ptrace", "it goes past the functions the grader watches"},
    {"prctl", "it goes past the functions the grader watches"},
    {"personality", "it goes past the functions the grader watches"},
    {"setrlimit", "limits are set by the grader"},
    {"setrlimit64", "limits are set by the grader"},
    {"prlimit", "limits are set by the grader"},
    {"prlimit64", "limits are set by the grader"},
    {"setjmp", "jumps across locks and threads cannot be followed"},
    {"_setjmp", "jumps across locks and threads cannot be followed"},
    {"__sigsetjmp", "jumps across locks and threads cannot be followed"},
    {"longjmp", "jumps across locks and threads cannot be followed"},
    {"_longjmp", "jumps across locks and threads cannot be followed"},
    {"siglongjmp", "jumps across locks and threads cannot be followed"},
    {"setcontext", "jumps across locks and threads cannot be followed"},
    {"swapcontext", "jumps across locks and threads cannot be followed"},
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct offences {
    TALLOC_CTX *ctx;
    struct offence *list;
    size_t count;
};

static void offend(struct offences *o, int line, const char *what)
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

/* Where the text is as to attributes; they may go over several lines. */
struct place {
    bool attribute; /* after __attribute__, up to its last parenthesis */
    bool brackets;  /* inside [[ ]] */
    bool pragma;    /* on a line that is one */
    int depth;      /* parentheses of the attribute */
};

static void check_word(struct offences *o, const char *s, size_t n, int line,
                       const struct place *p)
{
    bool all = p->attribute || p->brackets || p->pragma;

    for (size_t i = 0; i < (all ? COUNT(words) : KEYWORDS); i++) {
        size_t m = strlen(words[i].word);
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

/* One character that is no part of a word or a literal. */
static void step(struct place *p, const char *s)
{
    if (p->attribute && (*s == '(' || *s == ')')) {
        p->depth += *s == '(' ? 1 : -1;
        p->attribute = p->depth > 0;
    }
    if (strncmp(s, "[[", 2) == 0) {
        p->brackets = true;
    } else if (strncmp(s, "]]", 2) == 0) {
        p->brackets = false;
    }
}

static void check_line(struct offences *o, const char *s, int line,
                       struct place *p)
{
    p->pragma = s[strspn(s, " \t")] == '#';
    while (*s != '\0' && *s != '\n') {
        size_t n = identifier(s);
        if (n > 0) {
            if (starts_with(s, "__attribute") && (n == 11 || n == 13)) {
                p->attribute = true;
                p->depth = 0;
            }
            check_word(o, s, n, line, p);
        } else if (*s == '"' || *s == '\'') {
            n = literal(s);
        } else {
            step(p, s);
            n = 1;
        }
        s += n;
    }
}

/* True for a line marker that begins an included file ("1" after the name);
 * #line makes one without. */
static bool enters(const char *marker)
{
    const char *name = strchr(marker, '"');
    const char *end = name != NULL ? strchr(name + 1, '"') : NULL;

    return end != NULL && strncmp(end, "\" 1", 3) == 0;
}

size_t audit_source(TALLOC_CTX *ctx, const char *text, const char *file,
                    const char *const *system, const char *const *own,
                    struct offence **out)
{
    struct offences o = {.ctx = ctx};
    bool inside = false;
    struct place place = {0};
    int line = 0, include_line = 0, n;
    char path[512];

    for (const char *s = text; s != NULL && *s != '\0';) {
        if (sscanf(s, "# %d \"%511[^\"]\"", &n, path) == 2) {
            bool was = inside;
            inside = name_ends(path, strlen(path), file);
            include_line = was ? line : include_line;
            if (!inside && was && !enters(s)) {
                offend(&o, line,
                       talloc_asprintf(ctx,
                                       "It uses `#line`: its lines would no "
                                       "longer be its own."));
                inside = true; /* as before, and so is the line */
                n = line;
            } else if (!inside && was &&
                       !may_include(path, strlen(path), system, own)) {
                offend(&o, include_line,
                       talloc_asprintf(ctx,
                                       "It includes %s, which is neither a "
                                       "system header nor the contract.",
                                       path));
            }
            line = inside ? n : line;
        } else {
            if (inside) {
                check_line(&o, s, line, &place);
            }
            line += inside;
        }
        s = strchr(s, '\n');
        s = s != NULL ? s + 1 : NULL;
    }
    *out = o.list;
    return o.count;
}

/* -- the raw source ------------------------------------------------------- */

/* The text with the trigraphs of # and \ replaced and lines that end in \
 * joined, as the preprocessor has it. The newlines that go come back as \r
 * after the next one that stays, so that lines can still be counted. */
static char *joined_lines(TALLOC_CTX *ctx, const char *s, size_t n)
{
    char *out = talloc_size(ctx, n + 1);
    size_t m = 0, gone = 0, next;

    for (size_t i = 0; i < n; i = next) {
        bool trigraph = i + 2 < n && s[i] == '?' && s[i + 1] == '?' &&
                        (s[i + 2] == '=' || s[i + 2] == '/');
        char c = !trigraph ? s[i] : s[i + 2] == '=' ? '#' : '\\';
        size_t end = i + (trigraph ? 3 : 1);
        next = end;
        while (end < n && s[end] != '\n' && isspace((unsigned char)s[end])) {
            end++;
        }
        if (c == '\\' && end < n && s[end] == '\n') {
            next = end + 1;
            gone++;
            continue;
        }
        out[m++] = c == '\0' || c == '\r' ? ' ' : c;
        for (; c == '\n' && gone > 0; gone--) {
            out[m++] = '\r';
        }
    }
    out[m] = '\0';
    return out;
}

/* The length of white space and comments at `s`, at most up to the end of
 * the line unless a comment goes on; adds its lines to *line. */
static size_t blank(const char *s, int *line)
{
    size_t n = 0;

    for (;;) {
        if (s[n] != '\0' && s[n] != '\n' && isspace((unsigned char)s[n])) {
            *line += s[n++] == '\r';
        } else if (strncmp(s + n, "//", 2) == 0) {
            n += strcspn(s + n, "\n");
        } else if (strncmp(s + n, "/*", 2) == 0) {
            const char *end = strstr(s + n + 2, "*/");
            size_t stop = end != NULL ? (size_t)(end - s) + 2 : strlen(s);
            for (; n < stop; n++) {
                *line += s[n] == '\n' || s[n] == '\r';
            }
        } else {
            return n;
        }
    }
}

size_t audit_directives(TALLOC_CTX *ctx, const char *text, size_t length,
                        struct offence **out)
{
    struct offences o = {.ctx = ctx};
    const char *s = joined_lines(ctx, text, length);
    bool start = true; /* nothing but blanks on this line so far */
    int line = 1;

    while (*(s += blank(s, &line)) != '\0') {
        size_t hash = *s == '#' ? 1 : strncmp(s, "%:", 2) == 0 ? 2 : 0;
        if (start && hash > 0) {
            s += hash;
            s += blank(s, &line);
            if (isdigit((unsigned char)*s) ||
                (identifier(s) == 4 && strncmp(s, "line", 4) == 0)) {
                offend(&o, line,
                       "It uses #line, which would hide what is where.");
            }
        }
        start = *s == '\n';
        line += start;
        s += *s == '"' || *s == '\'' ? literal(s) : *s != '\0';
    }
    *out = o.list;
    return o.count;
}

/* -- the object ----------------------------------------------------------- */

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
    if (exercise_forbids(e, name)) {
        offend(o, 0,
               talloc_asprintf(o->ctx,
                               "It calls `%s`, which this exercise does not "
                               "allow.",
                               name));
        return;
    }
    for (size_t i = 0; i < COUNT(calls); i++) {
        if (strcmp(calls[i].name, name) == 0 && !exercise_allows(e, name)) {
            offend(o, 0,
                   talloc_asprintf(o->ctx, "It calls `%s`: %s.", name,
                                   calls[i].why));
        }
    }
    if (starts_with(name, "__tsan_") || starts_with(name, "criterion_") ||
        starts_with(name, "__real_") || starts_with(name, "rt_") ||
        strcmp(name, "rt") == 0) {
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
            (name = elf_strptr(elf, names, header.sh_name)) == NULL ||
            header.sh_type == SHT_RELA || header.sh_type == SHT_REL) {
            continue;
        }
        if (strstr(name, "init_array") != NULL ||
            strstr(name, "fini_array") != NULL || starts_with(name, ".ctors") ||
            starts_with(name, ".dtors") || strcmp(name, ".init") == 0 ||
            strcmp(name, "cr_tst") == 0 || strcmp(name, "cr_sts") == 0) {
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
    bool readable;
    Elf *elf;

    elf_version(EV_CURRENT);
    if (fd < 0) {
        return -1;
    }
    elf = elf_begin(fd, ELF_C_READ, NULL);
    readable = elf != NULL && elf_kind(elf) == ELF_K_ELF;
    if (readable) {
        check_sections(&o, e, elf);
    }
    elf_end(elf);
    close(fd);
    *out = o.list;
    return readable ? (int)o.count : -1;
}
