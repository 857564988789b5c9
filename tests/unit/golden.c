/* SPDX-License-Identifier: MIT */
/* golden.c - see golden.h. */
#include "golden.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void rewrite(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");

    cr_assert_not_null(f, "cannot write %s", path);
    cr_assert_geq(fputs(text, f), 0);
    cr_assert_eq(fclose(f), 0);
}

static char *slurp(const char *path)
{
    char *text = NULL;
    size_t size = 0;
    FILE *f = fopen(path, "r");

    cr_assert_not_null(f, "no %s: make it with UPDATE_EXPECT=1", path);
    if (getdelim(&text, &size, '\0', f) < 0) {
        free(text);
        text = strdup(""); /* an empty file */
    }
    fclose(f);
    return text;
}

void golden_check(const char *name, const char *actual)
{
    const char *update = getenv("UPDATE_EXPECT");
    char path[512];
    char *expected = NULL;
    int line = 1;
    size_t i = 0;

    snprintf(path, sizeof(path), "tests/golden/%s.expected", name);
    if (update != NULL && strcmp(update, "1") == 0) {
        rewrite(path, actual);
        return;
    }
    expected = slurp(path);
    while (expected[i] != '\0' && expected[i] == actual[i]) {
        line += expected[i] == '\n';
        i++;
    }
    cr_expect(expected[i] == actual[i],
              "%s differs from line %d on; the actual text is:\n%s", path, line,
              actual);
    free(expected);
}
