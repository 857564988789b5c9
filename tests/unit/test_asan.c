/* SPDX-License-Identifier: MIT */
/* test_asan.c - AddressSanitizer's words as data, by golden files: real
 * reports of small programs, unsymbolised, the program being /t/test. */
#include "asan.h"
#include "file.h"
#include "golden.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static char *add_stack(char *s, const char *what,
                       const struct asan_stack *stack)
{
    s = talloc_asprintf_append(s, "  %s by %d:", what, stack->thread);
    for (size_t i = 0; i < stack->depth; i++) {
        s = talloc_asprintf_append(s, " %" PRIx64, stack->pc[i]);
    }
    return talloc_strdup_append(s, "\n");
}

static char *as_text(TALLOC_CTX *ctx, const struct asan_error *list, size_t n)
{
    char *s = talloc_asprintf(ctx, "%zu\n", n);

    for (size_t i = 0; i < n; i++) {
        const struct asan_error *e = &list[i];
        s = talloc_asprintf_append(s, "%s: %s %ld bytes\n  place: %s\n",
                                   e->word, e->write ? "write" : "other",
                                   e->size, e->place);
        s = add_stack(s, "at", &e->at);
        s = add_stack(s, "freed", &e->freed);
        s = add_stack(s, "allocated", &e->allocated);
    }
    return s;
}

static char *input(TALLOC_CTX *ctx, const char *name)
{
    char *path = talloc_asprintf(ctx, "tests/golden/asan/%s.in", name);
    char *text = NULL;

    cr_assert_eq(file_read(ctx, path, &text, NULL), 0, "no %s", path);
    return text;
}

static void check(const char *name)
{
    TALLOC_CTX *ctx = talloc_new(NULL);
    struct asan_error *list = NULL;
    size_t n = asan_parse(ctx, input(ctx, name), "/t/test", &list);
    char golden[64];

    snprintf(golden, sizeof golden, "asan/%s", name);
    golden_check(golden, as_text(ctx, list, n));
    talloc_free(ctx);
}

Test(asan, use_after_free_in_another_thread)
{
    check("use-after-free");
}

Test(asan, double_free)
{
    check("double-free");
}

Test(asan, free_of_what_was_not_allocated)
{
    check("bad-free");
}

Test(asan, heap_overflow)
{
    check("heap-overflow");
}

Test(asan, overflow_inside_memset)
{
    check("memset-overflow");
}

Test(asan, stack_use_after_scope)
{
    check("use-after-scope");
}

Test(asan, two_leaks)
{
    check("leaks");
}

Test(asan, frames_of_other_modules_are_left_out)
{
    TALLOC_CTX *ctx = talloc_new(NULL);
    struct asan_error *list = NULL;
    char *text = input(ctx, "use-after-free");

    cr_assert_eq(asan_parse(ctx, text, "/t/tes", &list), 1);
    cr_expect_eq(list[0].at.depth, 0, "a prefix of the path is another file");
    cr_assert_eq(asan_parse(ctx, text, "/t/test/more", &list), 1);
    cr_expect_eq(list[0].at.depth, 0);
    cr_assert_eq(
        asan_parse(ctx, text, "/lib/x86_64-linux-gnu/libc.so.6", &list), 1);
    cr_expect_eq(list[0].at.depth, 2, "%zu", list[0].at.depth);
    talloc_free(ctx);
}

Test(asan, text_that_is_no_report_has_no_errors)
{
    static const char *const texts[] = {
        "",
        "\n\n",
        "hello",
        "    #0 0x1  (/t/test+0x1)\n",
        "READ of size 4 at 0x1 thread T0\n",
        "==1==ERROR: something else: x\n",
        "freed by thread T0 here:\n    #0 0x1  (/t/test+0x1)\n"};
    TALLOC_CTX *ctx = talloc_new(NULL);

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct asan_error *list = NULL;
        cr_expect_eq(asan_parse(ctx, texts[i], "/t/test", &list), 0, "%s",
                     texts[i]);
    }
    talloc_free(ctx);
}

Test(asan, a_text_cut_anywhere_is_read_as_far_as_it_goes)
{
    static const char *const names[] = {"use-after-free", "bad-free", "leaks"};
    TALLOC_CTX *ctx = talloc_new(NULL);

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char *text = input(ctx, names[i]);
        struct asan_error *list = NULL;
        size_t before = asan_parse(ctx, text, "/t/test", &list);
        for (size_t n = strlen(text); n > 0; n--) {
            size_t now;
            text[n - 1] = '\0';
            now = asan_parse(ctx, text, "/t/test", &list);
            cr_assert_leq(now, before, "%s at %zu", names[i], n);
            before = now;
        }
        cr_expect_eq(before, 0);
    }
    talloc_free(ctx);
}

Test(asan, a_stack_too_deep_is_cut)
{
    TALLOC_CTX *ctx = talloc_new(NULL);
    char *text = talloc_strdup(ctx, "==1==ERROR: AddressSanitizer: "
                                    "double-free on x in thread T2:\n");
    struct asan_error *list = NULL;

    for (int i = 0; i < 100; i++) {
        text = talloc_asprintf_append(text, "    #%d 0x1  (/t/test+0x%x)\n", i,
                                      i + 16);
    }
    cr_assert_eq(asan_parse(ctx, text, "/t/test", &list), 1);
    cr_expect_eq(list[0].at.depth, ASAN_FRAMES);
    cr_expect_eq(list[0].at.pc[0], 16);
    cr_expect_eq(list[0].at.thread, 2);
    talloc_free(ctx);
}
