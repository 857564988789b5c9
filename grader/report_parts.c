/* SPDX-License-Identifier: MIT */
/* report_parts.c - see report_parts.h. */
#include "report_parts.h"

#include <string.h>

const char *report_plural(long n)
{
    return n == 1 ? "" : "s";
}

void report_colored(const struct term *t, enum tint tint, const char *s)
{
    if (tint == TINT_NONE) {
        term_put(t, s);
        return;
    }
    term_tint(t, tint);
    term_put(t, s);
    term_tint(t, TINT_NONE);
}

int report_piece(const struct term *t, int column, int indent, enum tint tint,
                 const char *piece)
{
    int width = term_columns(t, piece);

    if (column > indent && column + 2 + width > t->width) {
        putc('\n', t->out);
        term_blanks(t, indent);
        column = indent;
    } else if (column > indent) {
        term_blanks(t, 2);
        column += 2;
    }
    report_colored(t, tint, piece);
    return column + width;
}

void report_paragraph(const struct term *t, const char *text)
{
    term_blanks(t, REPORT_BODY);
    term_wrap(t, REPORT_BODY, REPORT_BODY, text);
}

void report_labelled(const struct term *t, const char *label, const char *text)
{
    term_blanks(t, REPORT_BODY);
    report_colored(t, TINT_BOLD, label);
    term_blanks(t, 1);
    term_wrap(t, REPORT_BODY + term_columns(t, label) + 1, REPORT_BODY, text);
}

void report_words(const struct term *t, int indent, const char *const *words)
{
    term_blanks(t, indent);
    fputs(REPORT_PROGRAM, t->out);
    for (; *words != NULL; words++) {
        fputs((*words)[0] != '\0' ? " " : "", t->out);
        term_put(t, *words);
    }
    putc('\n', t->out);
}

void report_command(const struct term *t, const char *verb,
                    const char *argument)
{
    report_words(t, REPORT_BODY + 2, (const char *[]){verb, argument, NULL});
}

const char *report_with_submission(const char *command, const char *path,
                                   char *buf, size_t size)
{
    bool own = path[0] == '\0' || strstr(path, "exercises/") != NULL;
    int length = snprintf(buf, size, "%s -s %s", command, path);

    return own || length < 0 || (size_t)length >= size ? command : buf;
}
