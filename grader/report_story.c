/* SPDX-License-Identifier: MIT */
/* report_story.c - see report_story.h. */
#include "report_story.h"

#include <stdio.h>
#include <string.h>

enum { GAP = 2, NAME = 6, MOST = 64 };

struct table {
    const struct term *t;
    const struct story *s;
    const char *end;
    size_t last; /* the event at which it ended */
    int indent, place_width, width;
};

/* ":21" or "test_bank.c:51". */
static const char *place_of(const struct table *b, const struct event *e,
                            char *buf, size_t size)
{
    bool own = strcmp(e->file, b->s->file) == 0;

    buf[0] = '\0';
    if (e->line > 0) {
        snprintf(buf, size, "%s:%d", own ? "" : e->file, e->line);
    }
    return buf;
}

/* The columns that the widest event and the widest place need. */
static void measure(struct table *b)
{
    char place[256];
    int text = 0;

    b->place_width = 0;
    for (size_t i = 0; i < b->s->count; i++) {
        const struct event *e = &b->s->events[i];
        int n = term_columns(b->t, place_of(b, e, place, sizeof place));
        int w = term_columns(b->t, e->what);
        b->place_width = n > b->place_width ? n : b->place_width;
        text = w > text ? w : text;
    }
    text = text > MOST ? MOST : text;
    b->width = text + 1 + b->place_width;
}

static void put_event(const struct table *b, const struct event *e)
{
    char place[256];
    int used = term_clip(b->t, e->what, b->width - b->place_width - 1);

    place_of(b, e, place, sizeof place);
    if (place[0] != '\0') {
        term_blanks(b->t, b->width - used - term_columns(b->t, place));
        term_tint(b->t, TINT_DIM);
        term_put(b->t, place);
        term_tint(b->t, TINT_NONE);
    }
}

static void put_arrow(const struct table *b)
{
    term_tint(b->t, TINT_BAD);
    fputs(b->t->utf8 ? "\xe2\x86\x90 " : "<- ", b->t->out);
    term_put(b->t, b->end);
    term_tint(b->t, TINT_NONE);
}

/* Beside what was written up to `column`, or below it. */
static void put_end(const struct table *b, int column)
{
    if (column + GAP + 2 + term_columns(b->t, b->end) > b->t->width) {
        putc('\n', b->t->out);
        term_blanks(b->t, b->indent);
    } else {
        term_blanks(b->t, GAP);
    }
    put_arrow(b);
}

static void put_heads(const struct table *b)
{
    term_blanks(b->t, b->indent);
    term_tint(b->t, TINT_BOLD);
    for (size_t i = 0; i < b->s->thread_count; i++) {
        int used = term_clip(b->t, b->s->threads[i], b->width);
        term_blanks(b->t,
                    i + 1 < b->s->thread_count ? b->width - used + GAP : 0);
    }
    term_tint(b->t, TINT_NONE);
    putc('\n', b->t->out);
}

/* Where steps of the thread are left out. */
static void put_skipped(const struct table *b, const struct event *e, int at)
{
    if (e->skipped > 0) {
        term_blanks(b->t, at);
        term_put(b->t, term_glyph(b->t, GLYPH_ELLIPSIS));
        putc('\n', b->t->out);
    }
}

static void put_columns(const struct table *b)
{
    put_heads(b);
    for (size_t i = 0; i < b->s->count; i++) {
        const struct event *e = &b->s->events[i];
        int at = b->indent + e->column * (b->width + GAP);
        put_skipped(b, e, at);
        term_blanks(b->t, at);
        put_event(b, e);
        if (i == b->last) {
            put_end(b, at + b->width);
        }
        putc('\n', b->t->out);
    }
}

/* One below the other, each with its thread's name before it. */
static void put_list(struct table *b)
{
    int room = b->t->width - b->indent - NAME;

    b->width = b->width < room ? b->width : room;
    for (size_t i = 0; i < b->s->count; i++) {
        const struct event *e = &b->s->events[i];
        int used;
        put_skipped(b, e, b->indent + NAME);
        term_blanks(b->t, b->indent);
        term_tint(b->t, TINT_BOLD);
        used = term_clip(b->t, b->s->threads[e->column], NAME - 1);
        term_tint(b->t, TINT_NONE);
        term_blanks(b->t, NAME - used);
        put_event(b, e);
        if (i == b->last) {
            put_end(b, b->indent + NAME + b->width);
        }
        putc('\n', b->t->out);
    }
}

/* It came to an end of which none of the steps is the place. */
static void put_end_alone(const struct table *b)
{
    term_blanks(b->t, b->indent);
    put_arrow(b);
    putc('\n', b->t->out);
}

void report_story(const struct term *t, const struct story *s, int indent,
                  const char *end)
{
    struct table b = {
        .t = t, .s = s, .end = end, .last = s->count, .indent = indent};
    int n = (int)s->thread_count;

    if (s->count == 0) {
        return;
    }
    measure(&b);
    for (size_t i = 0; i < s->count; i++) {
        b.last = s->events[i].end ? i : b.last;
    }
    if (s->cut) {
        term_blanks(t, indent);
        term_put(t, term_glyph(t, GLYPH_ELLIPSIS));
        putc('\n', t->out);
    }
    if (indent + n * (b.width + GAP) - GAP <= t->width) {
        put_columns(&b);
    } else {
        put_list(&b);
    }
    if (b.last == s->count) {
        put_end_alone(&b);
    }
}
