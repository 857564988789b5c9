/* SPDX-License-Identifier: MIT */
/* test_symbol.c - addresses to names, in a small program compiled here. Its
 * addresses are asked from nm. */
#include "cases.h"
#include "file.h"
#include "symbol.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char program[] =
    "struct account { long balance; long limit; };\n"      /* 1 */
    "struct account accounts[4];\n"                        /* 2 */
    "static int total = 5;\n"                              /* 3 */
    "int *total_at(void);\n"                               /* 4 */
    "int *total_at(void)\n"                                /* 5 */
    "{\n"                                                  /* 6 */
    "    return &total;\n"                                 /* 7 */
    "}\n"                                                  /* 8 */
    "int main(void)\n"                                     /* 9 */
    "{\n"                                                  /* 10 */
    "    return *total_at() + (int)accounts[0].balance;\n" /* 11 */
    "}\n"                                                  /* 12 */
    "void merged(void);\n"                                 /* 13 */
    "void merged(void)\n"                                  /* 14 */
    "{\n"                                                  /* 15 */
    "    __asm__(\"nop\");\n"                              /* 16 */
    "#line 0\n"                                            /* 17 */
    "    __asm__(\"of_no_line: nop\");\n"                  /* 18 */
    "}\n";

struct built {
    TALLOC_CTX *ctx;
    char *path;
    struct symbols *symbols;
};

static struct built build_in(const char *folder, const char *flags)
{
    struct built b = {.ctx = talloc_new(NULL)};
    char *dir = talloc_asprintf(b.ctx, "%s/%s", cases_folder(b.ctx), folder);
    char *source = talloc_asprintf(b.ctx, "%s/money.c", dir);

    cr_assert_eq(file_make_dirs(dir), 0);
    b.path = talloc_asprintf(b.ctx, "%s/money", dir);
    cases_write(source, program);
    cases_clang("-O0 %s -o %s %s", flags, b.path, source);
    b.symbols = symbol_open(b.ctx, b.path);
    cr_assert_not_null(b.symbols);
    return b;
}

static struct built build(const char *flags)
{
    return build_in(".", flags);
}

static uint64_t address(const struct built *b, const char *name)
{
    char *command = talloc_asprintf(b->ctx, "nm %s", b->path);
    char line[256], symbol[200];
    unsigned long found = 0, at;
    FILE *f = popen(command, "r");

    cr_assert_not_null(f);
    while (fgets(line, sizeof line, f) != NULL) {
        if (sscanf(line, "%lx %*c %199s", &at, symbol) == 2 &&
            strcmp(symbol, name) == 0) {
            found = at;
        }
    }
    pclose(f);
    cr_assert_neq(found, 0, "no %s", name);
    return found;
}

Test(symbol, code_has_a_function_a_file_and_a_line)
{
    struct built b = build("-fPIE -pie");
    uint64_t at = address(&b, "total_at");
    int column = -1;
    struct frame f = symbol_frame(b.symbols, at, &column);

    cr_expect_str_eq(f.function, "total_at");
    cr_expect_str_eq(f.file, "money.c", "only the last part: %s", f.file);
    cr_expect_eq(f.line, 6, "line %d", f.line);
    f = symbol_frame(b.symbols, at + 4, &column); /* after push, mov */
    cr_expect_eq(f.line, 7, "line %d", f.line);
    cr_expect_eq(column, 5, "column %d", column);
    f = symbol_frame(b.symbols, address(&b, "main"), NULL);
    cr_expect_str_eq(f.function, "main");
    cr_expect_eq(f.line, 10);
    f = symbol_frame(b.symbols, address(&b, "of_no_line"), NULL);
    cr_expect_str_eq(f.file, "money.c");
    cr_expect_eq(f.line, 16, "that of the code before, not %d", f.line);
    talloc_free(b.ctx);
}

Test(symbol, data_has_a_variable_and_a_distance)
{
    struct built b = build("-fPIE -pie");
    uint64_t total = address(&b, "total");
    uint64_t accounts = address(&b, "accounts");

    cr_expect_str_eq(symbol_variable(b.symbols, total), "total");
    cr_expect_str_eq(symbol_variable(b.symbols, total + 2), "total+2");
    cr_expect_str_eq(symbol_variable(b.symbols, accounts), "accounts");
    cr_expect_str_eq(symbol_variable(b.symbols, accounts + 24), "accounts+24");
    cr_expect_str_eq(symbol_variable(b.symbols, accounts + 63), "accounts+63");
    talloc_free(b.ctx);
}

Test(symbol, what_is_unknown_stays_unknown)
{
    static const uint64_t nowhere[] = {0, 1, 0xffffff, UINT64_MAX,
                                       UINT64_MAX - 0x10000};
    struct built b = build("-fPIE -pie");

    for (size_t i = 0; i < sizeof nowhere / sizeof nowhere[0]; i++) {
        int column = 7;
        struct frame f = symbol_frame(b.symbols, nowhere[i], &column);
        cr_expect_str_eq(f.file, "");
        cr_expect_eq(f.line, 0);
        cr_expect_eq(column, 0);
        cr_expect_null(symbol_variable(b.symbols, nowhere[i]));
    }
    cr_expect_null(symbol_variable(b.symbols, address(&b, "main")),
                   "code is no variable");
    cr_expect_null(symbol_variable(b.symbols, address(&b, "accounts") + 64),
                   "right behind it is not inside");
    talloc_free(b.ctx);
}

Test(symbol, without_debug_information_names_remain)
{
    struct built b = build("-fPIE -pie -g0");
    struct frame f = symbol_frame(b.symbols, address(&b, "total_at"), NULL);

    cr_expect_str_eq(f.function, "total_at");
    cr_expect_str_eq(f.file, "");
    cr_expect_eq(f.line, 0);
    cr_expect_str_eq(symbol_variable(b.symbols, address(&b, "total")), "total");
    talloc_free(b.ctx);
}

Test(symbol, what_is_no_program_cannot_be_opened)
{
    struct frame f = symbol_frame(NULL, 16, NULL);

    cr_expect_null(symbol_open(NULL, "/nowhere/program"));
    cr_expect_null(symbol_open(NULL, "tests/unit/test_symbol.c"));
    cr_expect_str_eq(f.function, "?");
    cr_expect_str_eq(f.file, "");
    cr_expect_null(symbol_variable(NULL, 16));
}

Test(symbol, a_file_of_the_runtime_is_nobody_elses)
{
    struct built b = build_in("grader/runtime", "-fPIE -pie");
    struct frame f = symbol_frame(b.symbols, address(&b, "main"), NULL);

    cr_expect_str_eq(f.file, "runtime/money.c");
    talloc_free(b.ctx);
}
