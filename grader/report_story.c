/* SPDX-License-Identifier: MIT */
/* report_story.c - see report_story.h. */
#include "report_story.h"

#include <stdio.h>

enum { NARROW = 24, GAP = 2 };

static int longest_place(const struct story *s, char *buf, size_t size)
{
    int longest = 0;

    for (size_t i = 0; i < s->count; i++) {
        int n =
            snprintf(buf, size, "%s:%d", s->events[i].file, s->events[i].line);
        longest = s->events[i].line > 0 && n > longest ? n : longest;
    }
    return longest;
}

static void put_heads(const struct term *t, const struct story *s, int indent,
                      int width)
{
    term_blanks(t, indent);
    term_tint(t, TINT_BOLD);
    for (size_t i = 0; i < s->thread_count; i++) {
        int used = term_clip(t, s->threads[i], width);
        if (i + 1 < s->thread_count) {
            term_blanks(t, width - used + GAP);
        }
    }
    term_tint(t, TINT_NONE);
    putc('\n', t->out);
}

/* The words at the left of the column, the place at its right. */
static void put_event(const struct term *t, const struct event *e, int width,
                      int place_width)
{
    char place[256] = "";
    int used = term_clip(t, e->what, width - place_width - 1);

    if (e->line > 0) {
        snprintf(place, sizeof place, "%s:%d", e->file, e->line);
        term_blanks(t, width - used - place_width);
        term_tint(t, TINT_DIM);
        term_clip(t, place, place_width);
        term_tint(t, TINT_NONE);
    }
}

static void put_end(const struct term *t, const char *end)
{
    term_blanks(t, GAP);
    term_tint(t, TINT_BAD);
    fputs(t->utf8 ? "\xe2\x86\x90 " : "<- ", t->out); /* an arrow */
    term_put(t, end);
    term_tint(t, TINT_NONE);
}

static void put_rows(const struct term *t, const struct story *s, int indent,
                     int width, int place_width, const char *end)
{
    for (size_t i = 0; i < s->count; i++) {
        const struct event *e = &s->events[i];
        term_blanks(t, indent + e->column * (width + GAP));
        put_event(t, e, width, place_width);
        if (i + 1 == s->count) {
            put_end(t, end);
        }
        putc('\n', t->out);
    }
}

/* One below the other, each with its thread's name before it. */
static void put_list(const struct term *t, const struct story *s, int indent,
                     int place_width, const char *end)
{
    int room = t->width - indent - 6;

    for (size_t i = 0; i < s->count; i++) {
        const struct event *e = &s->events[i];
        int used;
        term_blanks(t, indent);
        term_tint(t, TINT_BOLD);
        used = term_clip(t, s->threads[e->column], 5);
        term_tint(t, TINT_NONE);
        term_blanks(t, 6 - used);
        put_event(t, e, room < 60 ? room : 60, place_width);
        if (i + 1 == s->count) {
            putc('\n', t->out);
            term_blanks(t, indent + 6);
            put_end(t, end);
        }
        putc('\n', t->out);
    }
}

void report_story(const struct term *t, const struct story *s, int indent,
                  const char *end)
{
    char buf[256];
    int places = longest_place(s, buf, sizeof buf);
    int n = (int)s->thread_count;
    int room = t->width - indent - GAP - 2 - term_columns(t, end);
    int width = n > 0 ? (room - (n - 1) * GAP) / n : 0;

    if (s->count == 0) {
        return;
    }
    width = width > 40 ? 40 : width;
    if (s->cut) {
        term_blanks(t, indent);
        term_put(t, term_glyph(t, GLYPH_ELLIPSIS));
        putc('\n', t->out);
    }
    if (width < NARROW || width < places + 12) {
        put_list(t, s, indent, places, end);
        return;
    }
    put_heads(t, s, indent, width);
    put_rows(t, s, indent, width, places, end);
}
