/* SPDX-License-Identifier: MIT */
/* test_audit.c - what a submission may not contain: in preprocessed source,
 * and in object files that clang makes on the spot. */
#include "audit.h"
#include "cases.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* -- the source --------------------------------------------------------------
 */

static const char *const system_dirs[] = {"/usr/include/", NULL};
static const char *const own[] = {"21-counter/counter.h",
                                  "21-counter/counter.c", NULL};

static size_t audit(TALLOC_CTX *ctx, const char *body, struct offence **out)
{
    char *text = talloc_asprintf(ctx,
                                 "# 1 \"21-counter/counter.c\"\n"
                                 "# 1 \"<built-in>\" 1\n"
                                 "# 1 \"21-counter/counter.c\" 2\n"
                                 "%s",
                                 body);

    *out = NULL;
    return audit_source(ctx, text, "21-counter/counter.c", system_dirs, own,
                        out);
}

static const struct {
    const char *body, *word;
    int line;
} bad[] = {
    {"void f(void) { asm(\"nop\"); }\n", "`asm`", 1},
    {"\n\nvoid f(void) { __asm__ volatile (\"nop\"); }\n", "`asm`", 3},
    {"void f(void) { __asm(\"nop\"); }\n", "`__asm`", 1},
    {"int x;\n__attribute__((no_sanitize(\"thread\"))) int f(void);\n",
     "`no_sanitize`", 2},
    {"__attribute__((__no_sanitize__(\"thread\"))) int f(void);\n",
     "`no_sanitize`", 1},
    {"__attribute((no_sanitize_thread)) int f(void);\n", "`no_sanitize_thread`",
     1},
    {"int f(void) __attribute__ ((unused, constructor));\n", "`constructor`",
     1},
    {"__attribute__((aligned(8), destructor(101))) int f(void);\n",
     "`destructor`", 1},
    {"__attribute__((\n  disable_sanitizer_instrumentation\n)) int f(void);\n",
     "`disable_sanitizer_instrumentation`", 2},
    {"[[clang::no_sanitize(\"address\")]] int f(void);\n", "`no_sanitize`", 1},
    {"[[gnu::unused]] [[\n gnu::section(\".x\")]] int f(void);\n", "`section`",
     2},
    {"int x __attribute__((section(\".init_array\")));\n", "`section`", 1},
    {"#pragma clang section text=\".mine\"\n", "`section`", 1},
    {"#pragma clang attribute push(__attribute__((no_sanitize(\"thread\"))),"
     " apply_to = function)\n",
     "`no_sanitize`", 1},
    {"int x;\n# 1 \"/home/me/mine.c\" 1\nint y;\n"
     "# 3 \"21-counter/counter.c\" 2\nint z;\n",
     "includes /home/me/mine.c", 2},
    {"int x;\n# 1 \"21-counter/other.h\" 1\nint y;\n"
     "# 3 \"21-counter/counter.c\" 2\nint z;\n",
     "includes 21-counter/other.h", 2},
    {"int x;\n# 7 \"/usr/include/stdio.h\"\n"
     "__attribute__((no_sanitize(\"thread\"))) int f(void);\n",
     "`#line`", 2},
};

Test(audit, finds_what_does_not_belong_in_a_submission)
{
    TALLOC_CTX *ctx = talloc_new(NULL);

    for (size_t i = 0; i < COUNT(bad); i++) {
        struct offence *list;
        size_t n = audit(ctx, bad[i].body, &list);
        cr_assert_geq(n, 1, "not found: %s", bad[i].body);
        cr_expect_not_null(strstr(list[0].what, bad[i].word), "%s: %s",
                           bad[i].body, list[0].what);
        cr_expect_eq(list[0].line, bad[i].line, "%sline %d", bad[i].body,
                     list[0].line);
        cr_expect_eq(list[0].what[strlen(list[0].what) - 1], '.');
    }
    talloc_free(ctx);
}

static const char *const good[] = {
    "int section, constructor, naked; /* of a building */\n",
    "struct asm_line { int destructor; };\n",
    "int chasm; int ifunc(int section) { return section; }\n",
    "const char *s = \"asm __attribute__((constructor)) [[naked]]\";\n",
    "int section = '\\''; const char *t = \"\\\" asm \";\n",
    "int f(void) __attribute__((unused)); int section;\n",
    "int f(int a[]) { int i[2] = {0}; return a[i[0]]; } int naked;\n",
    "__attribute__((aligned(8), unused)) int constructor(void);\n",
    "[[maybe_unused]] int section;\n",
    "#pragma GCC diagnostic push\nint naked;\n",
    "int x;\n# 1 \"21-counter/counter.h\" 1\nint y;\n"
    "# 2 \"21-counter/counter.c\" 2\nint z;\n",
    "int x;\n# 1 \"/usr/include/stdio.h\" 1 3 4\n"
    "extern int g(void) __asm__(\"h\") __attribute__((section(\"s\")));\n"
    "# 2 \"21-counter/counter.c\" 2\nint z;\n",
    "int x;\n# 1 \"/usr/include/a.h\" 1 3 4\n# 9 \"/usr/include/b.h\" 1 3 4\n"
    "int y;\n# 2 \"/usr/include/a.h\" 2 3 4\n"
    "# 2 \"21-counter/counter.c\" 2\nint z;\n",
    "int x;\n# 30 \"21-counter/counter.c\"\nint y;\n",
    "",
};

Test(audit, leaves_ordinary_names_and_texts_alone)
{
    TALLOC_CTX *ctx = talloc_new(NULL);

    for (size_t i = 0; i < COUNT(good); i++) {
        struct offence *list;
        size_t n = audit(ctx, good[i], &list);
        cr_expect_eq(n, 0, "%s: %s", good[i], n > 0 ? list[0].what : "");
    }
    talloc_free(ctx);
}

Test(audit, says_each_thing_once)
{
    TALLOC_CTX *ctx = talloc_new(NULL);
    struct offence *list;

    cr_assert_eq(audit(ctx,
                       "void f(void) { asm(\"\"); }\n"
                       "void g(void) { asm(\"\"); __asm__(\"\"); }\n",
                       &list),
                 1);
    cr_expect_eq(list[0].line, 1);
    talloc_free(ctx);
}

Test(audit, line_numbers_follow_the_markers)
{
    TALLOC_CTX *ctx = talloc_new(NULL);
    struct offence *list;

    cr_assert_eq(audit(ctx,
                       "int a;\n# 1 \"/usr/include/x.h\" 1 3 4\nint b;\nint "
                       "c;\n# 2 \"21-counter/counter.c\" 2\nint d;\n"
                       "# 90 \"21-counter/counter.c\"\n\nvoid f(void) { "
                       "asm(\"\"); }\n",
                       &list),
                 1);
    cr_expect_eq(list[0].line, 91);
    talloc_free(ctx);
}

/* -- the object --------------------------------------------------------------
 */

struct object {
    TALLOC_CTX *ctx;
    int count;
    struct offence *list;
};

static struct object audit_code(const char *code, const struct exercise *e)
{
    struct object o = {.ctx = talloc_new(NULL)};
    char *dir = cases_folder(o.ctx);
    char *source = talloc_asprintf(o.ctx, "%s/code.c", dir);
    char *object = talloc_asprintf(o.ctx, "%s/code.o", dir);

    cases_write(source, code);
    cases_clang("-w -c -o %s %s", object, source);
    o.count = audit_object(o.ctx, object, e, &o.list);
    return o;
}

static const struct {
    const char *code, *what;
} bad_code[] = {
    {"int main(void) { return 0; }", "It defines `main`: the tests bring"},
    {"int pthread_mutex_lock(void *m) { return 0; }",
     "It defines `pthread_mutex_lock`"},
    {"void *malloc(unsigned long n) { return 0; }", "It defines `malloc`"},
    {"void __tsan_read4(void *p) { }", "It defines `__tsan_read4`"},
    {"void __wrap_free(void *p) { }", "It defines `__wrap_free`"},
    {"int criterion_x;", "It defines `criterion_x`"},
    {"__attribute__((constructor)) void f(void) { }",
     "It places something in section `.init_array`"},
    {"__attribute__((destructor)) void f(void) { }",
     "It places something in section `.fini_array`"},
    {"__attribute__((section(\"cr_tst\"))) int x = 1;", "section `cr_tst`"},
    {"int fork(void); int f(void) { return fork(); }", "It calls `fork`"},
    {"long syscall(long n, ...); long f(void) { return syscall(60, 0); }",
     "It calls `syscall`"},
    {"void *dlsym(void *, char *); void *f(void) { return dlsym(0, \"x\"); }",
     "It calls `dlsym`"},
    {"void __real_free(void *); void f(void) { __real_free(0); }",
     "It calls `__real_free`"},
    {"int usleep(unsigned); int f(void) { return usleep(1); }",
     "It calls `usleep`, which this exercise does not allow"},
};

Test(audit, finds_what_does_not_belong_in_an_object)
{
    static char *forbid[] = {"usleep"};
    const struct exercise e = {.forbid = forbid, .forbid_count = 1};

    for (size_t i = 0; i < COUNT(bad_code); i++) {
        struct object o = audit_code(bad_code[i].code, &e);
        cr_assert_eq(o.count, 1, "%s: %d", bad_code[i].code, o.count);
        cr_expect_not_null(strstr(o.list[0].what, bad_code[i].what), "%s: %s",
                           bad_code[i].code, o.list[0].what);
        talloc_free(o.ctx);
    }
}

static const char clean[] =
    "#include <pthread.h>\n#include <stdlib.h>\n"
    "static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;\n"
    "static int fork_count, mainly, free_list;\n"
    "int maintain(void *p) { pthread_mutex_lock(&m); fork_count++;\n"
    "  mainly = free_list; pthread_mutex_unlock(&m); free(p);\n"
    "  return fork_count; }\n";

Test(audit, a_clean_object_has_no_offences)
{
    const struct exercise e = {0};
    struct object o = audit_code(clean, &e);

    cr_expect_eq(o.count, 0, "%s", o.count > 0 ? o.list[0].what : "");
    talloc_free(o.ctx);
}

Test(audit, an_exercise_may_allow_a_call_or_forbid_one)
{
    static const char code[] = "int fork(void); int usleep(unsigned);\n"
                               "int f(void) { return fork() + usleep(1); }\n";
    static char *words[] = {"fork", "usleep"};
    const struct exercise strict = {.forbid = words, .forbid_count = 2};
    const struct exercise usual = {0};
    const struct exercise lax = {.allow = words, .allow_count = 1};
    struct object o = audit_code(code, &strict);

    cr_expect_eq(o.count, 2);
    talloc_free(o.ctx);
    o = audit_code(code, &usual);
    cr_expect_eq(o.count, 1);
    talloc_free(o.ctx);
    o = audit_code(code, &lax);
    cr_expect_eq(o.count, 0);
    talloc_free(o.ctx);
}

Test(audit, what_is_no_object_cannot_be_read)
{
    const struct exercise e = {0};
    struct offence *list;

    cr_expect_eq(audit_object(NULL, "/nowhere/code.o", &e, &list), -1);
    cr_expect_eq(audit_object(NULL, "tests/unit/test_audit.c", &e, &list), -1);
}
