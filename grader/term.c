/* SPDX-License-Identifier: MIT */
/* term.c - foreign text on a terminal, made harmless character by character.
 *
 * `read_char` is the only way from a string to the stream: everything else
 * here counts or writes the glyphs it returns. */
#include "term.h"

#include "utf8.h"

#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { WIDTH_MIN = 40, WIDTH_MAX = 120, WIDTH_DEFAULT = 80 };

static const struct {
    const char *utf8, *ascii;
} glyphs[] = {
    [GLYPH_PASSED] = {"✓", "ok"},      [GLYPH_FAILED] = {"✗", "FAIL"},
    [GLYPH_NOT_STARTED] = {"·", "--"}, [GLYPH_ERROR] = {"!", "ERR"},
    [GLYPH_BAR] = {"│", "|"},          [GLYPH_ELLIPSIS] = {"…", "..."},
};

static const char *const tints[] = {
    [TINT_NONE] = "\033[0m",  [TINT_BOLD] = "\033[1m", [TINT_DIM] = "\033[2m",
    [TINT_GOOD] = "\033[32m", [TINT_BAD] = "\033[31m", [TINT_NOTE] = "\033[33m",
};

/* What compilers and people like to write, for streams that are ASCII. */
static const struct {
    uint32_t character;
    const char *ascii;
} spellings[] = {
    {0x2018, "'"}, {0x2019, "'"}, {0x201C, "\""},  {0x201D, "\""},
    {0x2013, "-"}, {0x2014, "-"}, {0x2026, "..."}, {0x2192, "->"},
    {0x2502, "|"}, {0x00A0, " "}, {0x00D7, "x"},   {0x2264, "<="},
};

/* Characters that show nothing but change what is shown around them. */
static const struct {
    uint32_t first, last;
} unsafe[] = {
    {0x00, 0x1F},     {0x7F, 0x9F},     {0x061C, 0x061C}, {0x200B, 0x200F},
    {0x2028, 0x202E}, {0x2060, 0x206F}, {0xFEFF, 0xFEFF}, {0xE0000, 0xE007F},
};

struct shown {
    char text[8]; /* what to write */
    int columns;
};

static bool is_unsafe(uint32_t c)
{
    for (size_t i = 0; i < sizeof(unsafe) / sizeof(unsafe[0]); i++) {
        if (c >= unsafe[i].first && c <= unsafe[i].last) {
            return true;
        }
    }
    return false;
}

static bool is_space(char c)
{
    return c != '\0' && strchr(" \t\n\r\v\f", c) != NULL;
}

static const char *spell(uint32_t c)
{
    for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++) {
        if (spellings[i].character == c) {
            return spellings[i].ascii;
        }
    }
    return "?";
}

/* Read the character at *s, which is not at its end, and step over it. */
static struct shown read_char(const struct term *t, const char **s)
{
    struct shown shown = {.columns = 1};
    const char *here = *s;
    uint32_t c = 0;
    size_t n = utf8_next(here, &c);

    *s += n;
    if (is_space(*here)) {
        strcpy(shown.text, " ");
    } else if (is_unsafe(c) || c == UTF8_REPLACEMENT) {
        strcpy(shown.text, t->utf8 ? "\xEF\xBF\xBD" : "?");
    } else if (c < 0x80 || t->utf8) {
        memcpy(shown.text, here, n);
    } else {
        strcpy(shown.text, spell(c));
        shown.columns = (int)strlen(shown.text);
    }
    return shown;
}

/* Write the text from `s` to `end`. */
static void put_part(const struct term *t, const char *s, const char *end)
{
    while (s < end) {
        fputs(read_char(t, &s).text, t->out);
    }
}

static int part_columns(const struct term *t, const char *s, const char *end)
{
    int columns = 0;

    while (s < end) {
        columns += read_char(t, &s).columns;
    }
    return columns;
}

static int window_width(FILE *out)
{
    struct winsize size = {0};
    const char *columns = getenv("COLUMNS");
    long width = 0;

    if (ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
        width = size.ws_col;
    } else if (columns != NULL) {
        width = strtol(columns, NULL, 10);
    }
    if (width <= 0) {
        width = WIDTH_DEFAULT;
    }
    return width < WIDTH_MIN   ? WIDTH_MIN
           : width > WIDTH_MAX ? WIDTH_MAX
                               : (int)width;
}

static bool locale_is_utf8(void)
{
    locale_t locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
    bool yes = false;

    if (locale != (locale_t)0) {
        yes = strcmp(nl_langinfo_l(CODESET, locale), "UTF-8") == 0;
        freelocale(locale);
    }
    return yes;
}

struct term term_detect(FILE *out)
{
    const char *kind = getenv("TERM");
    const char *no_color = getenv("NO_COLOR");
    bool live = isatty(fileno(out)) && kind != NULL && *kind != '\0' &&
                strcmp(kind, "dumb") != 0;

    return (struct term){
        .out = out,
        .color = live && (no_color == NULL || *no_color == '\0'),
        .utf8 = locale_is_utf8(),
        .live = live,
        .width = window_width(out),
    };
}

void term_tint(const struct term *t, enum tint tint)
{
    if (t->color) {
        fputs(tints[tint], t->out);
    }
}

const char *term_glyph(const struct term *t, enum glyph glyph)
{
    return t->utf8 ? glyphs[glyph].utf8 : glyphs[glyph].ascii;
}

int term_columns(const struct term *t, const char *text)
{
    return part_columns(t, text, text + strlen(text));
}

void term_put(const struct term *t, const char *text)
{
    put_part(t, text, text + strlen(text));
}

int term_clip(const struct term *t, const char *text, int columns)
{
    const char *dots = term_glyph(t, GLYPH_ELLIPSIS);
    int used = 0;

    if (term_columns(t, text) <= columns) {
        term_put(t, text);
        return term_columns(t, text);
    }
    columns -= term_columns(t, dots);
    while (*text != '\0') {
        struct shown shown = read_char(t, &text);
        if (used + shown.columns > columns) {
            break;
        }
        fputs(shown.text, t->out);
        used += shown.columns;
    }
    fputs(dots, t->out);
    return used + term_columns(t, dots);
}

void term_blanks(const struct term *t, int n)
{
    if (n > 0) {
        fprintf(t->out, "%*s", n, "");
    }
}

/* Move on to the next line of a paragraph. */
static int next_line(const struct term *t, int indent)
{
    putc('\n', t->out);
    term_blanks(t, indent);
    return indent;
}

/* Write the words from `s` to `end`, which hold no newline. */
static void wrap_line(const struct term *t, int column, int indent,
                      const char *s, const char *end)
{
    bool first = true; /* no word is on the current line yet */

    while (s < end) {
        const char *word = s;
        int columns = 0;

        while (s < end && !is_space(*s)) {
            s++;
        }
        columns = part_columns(t, word, s);
        if (!first && column + 1 + columns > t->width) {
            column = next_line(t, indent);
            first = true;
        }
        if (columns > 0) {
            column += columns + (first ? 0 : 1);
            fputs(first ? "" : " ", t->out);
            put_part(t, word, s);
            first = false;
        }
        s += s < end ? 1 : 0; /* over the blank */
    }
}

void term_wrap(const struct term *t, int column, int indent, const char *text)
{
    size_t length = strlen(text);

    while (length > 0 && is_space(text[length - 1])) {
        length--;
    }
    for (const char *s = text, *end = text + length; s < end;) {
        const char *stop = memchr(s, '\n', (size_t)(end - s));
        const char *line_end = stop != NULL ? stop : end;

        if (s != text && s < line_end) {
            term_blanks(t, indent);
            column = indent;
        }
        if (strncmp(s, "  ", 2) == 0) {
            put_part(t, s, line_end);
        } else {
            wrap_line(t, column, indent, s, line_end);
        }
        s = line_end;
        if (stop != NULL) {
            putc('\n', t->out);
            s++;
        }
    }
    putc('\n', t->out);
}

void term_verbatim(const struct term *t, const char *text, int max_lines)
{
    int lines = 0;

    while (*text != '\0') {
        size_t length = strcspn(text, "\n");

        if (lines < max_lines) {
            put_part(t, text, text + length);
            putc('\n', t->out);
        }
        lines++;
        text += length + (text[length] == '\n' ? 1 : 0);
    }
    if (lines > max_lines) {
        fprintf(t->out, "%s %d more lines\n", term_glyph(t, GLYPH_ELLIPSIS),
                lines - max_lines);
    }
}
