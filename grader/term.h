/* SPDX-License-Identifier: MIT */
/* term.h - text for people: a stream, what it can show, and how to put
 * foreign text on it without letting that text command the terminal.
 *
 * Every function that takes text replaces control characters (escape
 * sequences above all), characters that reverse the reading direction, and
 * bytes that are not UTF-8; where the stream is ASCII only, it replaces all
 * other characters too. One column per character. The functions do nothing
 * but write to t->out, whose errors are the caller's to check. */
#ifndef TERM_H
#define TERM_H

#include <stdbool.h>
#include <stdio.h>

struct term {
    FILE *out;
    bool color; /* understands colours, and the user wants them */
    bool utf8;  /* shows more than ASCII */
    bool live;  /* a line can be overwritten: a terminal, not a file */
    int width;  /* columns to fill */
};

/* How much `out` can do: is it a terminal (and TERM is not "dumb"), NO_COLOR,
 * the character set of the user's locale, its width, which is COLUMNS or 80
 * where there is no window, and never less than 40 or more than 120. */
struct term term_detect(FILE *out);

enum tint { TINT_NONE, TINT_BOLD, TINT_DIM, TINT_GOOD, TINT_BAD, TINT_NOTE };

/* Write what follows in this colour; TINT_NONE goes back to normal. */
void term_tint(const struct term *t, enum tint tint);

enum glyph {
    GLYPH_PASSED,
    GLYPH_FAILED,
    GLYPH_NOT_STARTED,
    GLYPH_ERROR,
    GLYPH_BAR,
    GLYPH_ELLIPSIS
};

/* A sign in words this stream can show. */
const char *term_glyph(const struct term *t, enum glyph glyph);

/* How many columns term_put takes for `text`. */
int term_columns(const struct term *t, const char *text);

/* Write `text` on the current line; white space becomes blanks. */
void term_put(const struct term *t, const char *text);

/* Like term_put, but cut to `columns`, with an ellipsis if it was longer.
 * Returns the columns used. */
int term_clip(const struct term *t, const char *text, int columns);

/* Write `n` blanks. */
void term_blanks(const struct term *t, int n);

/* Write `text` as a paragraph. The cursor is at `column`; lines go up to the
 * width, break between words (longer words stick out), and start at `indent`.
 * A newline in the text breaks a line, and a line of it that begins with two
 * blanks is a picture: it is kept as it is. Ends with a newline. */
void term_wrap(const struct term *t, int column, int indent, const char *text);

/* Write the first `max_lines` lines of `text` unwrapped, from column 0, and
 * say how many more there were. */
void term_verbatim(const struct term *t, const char *text, int max_lines);

#endif
