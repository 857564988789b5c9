/* SPDX-License-Identifier: MIT */
/* test_helgrind.c - Helgrind's XML as races, by golden files: the parts that
 * real runs wrote.
 *
 * no-history and closing-tags also hold an unlock of an unlocked mutex, which
 * is no race, and the end of the document. */
#include "file.h"
#include "golden.h"
#include "helgrind.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static char *add_side(char *s, const char *what, const struct helgrind_side *x)
{
    s = talloc_asprintf_append(s, "  %s: thread %d %s %d bytes, locks '%s'\n",
                               what, x->thread, x->write ? "writes" : "reads",
                               x->size, x->locks);
    for (size_t i = 0; i < x->stack.count; i++) {
        const struct frame *f = &x->stack.frames[i];
        s = talloc_asprintf_append(s, "    %s %s:%d\n", f->function, f->file,
                                   f->line);
    }
    return s;
}

static char *input(TALLOC_CTX *ctx, const char *name)
{
    char *path = talloc_asprintf(ctx, "tests/golden/helgrind/%s.in", name);
    char *text = NULL;

    cr_assert_eq(file_read(ctx, path, &text, NULL), 0, "no %s", path);
    return text;
}

static void check(const char *name)
{
    TALLOC_CTX *ctx = talloc_new(NULL);
    struct helgrind_race *races = NULL;
    char *xml = input(ctx, name);
    size_t n = helgrind_parse(ctx, xml, strlen(xml), &races);
    char *s = talloc_asprintf(ctx, "%zu\n", n);
    char golden[64];

    for (size_t i = 0; i < n; i++) {
        s = talloc_asprintf_append(s, "race: %s\n", races[i].place);
        s = add_side(s, "now", &races[i].now);
        s = add_side(s, "before", &races[i].before);
    }
    snprintf(golden, sizeof golden, "helgrind/%s", name);
    golden_check(golden, s);
    talloc_free(ctx);
}

Test(helgrind, a_race_with_both_sides)
{
    check("race");
}

/* As Valgrind says it when the compiler was called elsewhere. */
Test(helgrind, files_are_called_as_elsewhere_whatever_their_folders)
{
    check("folders");
}

Test(helgrind, two_races)
{
    check("two-races");
}

Test(helgrind, a_race_whose_other_side_is_not_known)
{
    check("no-history");
}

Test(helgrind, other_errors_and_the_end_of_the_document_are_left_out)
{
    check("closing-tags");
}

Test(helgrind, what_is_no_xml_has_no_races)
{
    static const char *const texts[] = {"",
                                        "\n",
                                        "no xml at all",
                                        "</error>",
                                        "<error><kind>Race",
                                        "<error><kind>Race</kind></err>",
                                        "\xff\xfe",
                                        "<a>&nonsense;</a>"};
    TALLOC_CTX *ctx = talloc_new(NULL);

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct helgrind_race *races = NULL;
        cr_expect_eq(helgrind_parse(ctx, texts[i], strlen(texts[i]), &races), 0,
                     "%s", texts[i]);
    }
    talloc_free(ctx);
}

Test(helgrind, a_part_cut_in_the_middle_keeps_its_whole_errors)
{
    TALLOC_CTX *ctx = talloc_new(NULL);
    char *xml = input(ctx, "two-races");
    size_t length = strlen(xml);
    const char *first_end = strstr(xml, "</error>") + strlen("</error>");
    const char *second_end = strstr(first_end, "</error>") + 8;
    struct helgrind_race *races = NULL;

    for (size_t n = 0; n < length; n += 61) {
        size_t expected = (xml + n >= first_end) + (xml + n >= second_end);
        cr_assert_eq(helgrind_parse(ctx, xml, n, &races), expected, "at %zu",
                     n);
    }
    talloc_free(ctx);
}
