/* SPDX-License-Identifier: MIT */
/* test_stock.c - Criterion's own JSON report as findings. all.in.json is what
 * Criterion 2.4.1 wrote for a test of each kind, quotes.in.json for messages
 * that it does not escape. */
#include "file.h"
#include "golden.h"
#include "kind.h"
#include "stock.h"

#include <criterion/criterion.h>
#include <string.h>

static bool parse(TALLOC_CTX *ctx, const char *text, struct stock_result *out)
{
    *out = (struct stock_result){0};
    return stock_parse(ctx, text, "test_bank.c", out);
}

static void check_report(const char *name)
{
    TALLOC_CTX *ctx = talloc_new(NULL);
    char *path = talloc_asprintf(ctx, "tests/golden/%s.in.json", name);
    struct stock_result r;
    char *text = NULL, *s;

    cr_assert_eq(file_read(ctx, path, &text, NULL), 0);
    cr_assert(parse(ctx, text, &r));
    s = talloc_strdup(ctx, "");
    for (size_t i = 0; i < r.count; i++) {
        const struct finding *f = &r.list[i];
        s = talloc_asprintf_append(s, "%s: %s at %s:%d\n  %s\n  %s\n", f->test,
                                   kind_name(f->kind), f->file, f->line,
                                   f->title, f->message);
        cr_expect_str_eq(f->engine, "criterion");
        cr_expect_not(f->advisory);
        cr_expect_str_eq(f->replay, "");
    }
    golden_check(name, s);
    talloc_free(ctx);
}

Test(stock, each_failed_test_becomes_a_finding)
{
    check_report("stock/all");
}

Test(stock, a_message_may_have_quotes_and_lines)
{
    check_report("stock/quotes");
}

Test(stock, a_report_without_failures_has_no_findings)
{
    TALLOC_CTX *ctx = talloc_new(NULL);
    struct stock_result r;

    cr_expect(parse(ctx, "{\"test_suites\":[]}", &r));
    cr_expect_eq(r.count, 0);
    cr_expect(parse(ctx,
                    "{\"test_suites\":[{\"name\":\"a\",\"tests\":["
                    "{\"name\":\"b\",\"status\":\"PASSED\"},"
                    "{\"name\":\"c\",\"status\":\"SKIPPED\"}]}]}",
                    &r));
    cr_expect_eq(r.count, 0);
    talloc_free(ctx);
}

Test(stock, what_is_no_report_is_told_so)
{
    static const char *const texts[] = {
        "", "{", "[]", "{}", "null", "{\"test_suites\":{}}", "passed"};
    TALLOC_CTX *ctx = talloc_new(NULL);
    struct stock_result r;

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        cr_expect_not(parse(ctx, texts[i], &r), "%s", texts[i]);
        cr_expect_eq(r.count, 0);
    }
    talloc_free(ctx);
}

Test(stock, strange_reports_do_no_harm)
{
    static const char *const texts[] = {
        "{\"test_suites\":[{}]}",
        "{\"test_suites\":[[],1,null,{\"tests\":[1,[],{}]}]}",
        "{\"test_suites\":[{\"name\":\"a\",\"tests\":[{\"name\":\"b\","
        "\"status\":\"FAILED\"}]}]}",
        "{\"test_suites\":[{\"name\":\"a\",\"tests\":[{\"name\":\"b\","
        "\"status\":\"FAILED\",\"messages\":[7]}]}]}",
        "{\"test_suites\":[{\"name\":\"a\",\"tests\":[{\"name\":\"b\","
        "\"status\":\"FAILED\",\"messages\":[\"no place\"]}]}]}"};
    static const size_t counts[] = {0, 0, 1, 1, 1};
    TALLOC_CTX *ctx = talloc_new(NULL);

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct stock_result r;
        cr_expect(parse(ctx, texts[i], &r));
        cr_assert_eq(r.count, counts[i], "%s", texts[i]);
        if (r.count > 0) {
            cr_expect_str_eq(r.list[0].test, "a/b");
            cr_expect_gt(strlen(r.list[0].title), 0);
        }
    }
    talloc_free(ctx);
}
