/* SPDX-License-Identifier: MIT */
/* helgrind.c - see helgrind.h. One pass with expat; `where` says which of
 * the two stacks of a race the next <stack> belongs to. */
#include "helgrind.h"
#include "symbol.h"

#include <expat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct parse {
    TALLOC_CTX *ctx;
    struct helgrind_race *races;
    size_t count;

    struct helgrind_race race; /* the error being read */
    bool in_error, is_race, in_stack;
    struct helgrind_side *side;
    struct helgrind_side other; /* what is neither now nor before */
    struct frame frame;
    const char *dir; /* of the frame's file, which may have folders, too */
    char *text;      /* character data of the innermost element */
};

static void start_element(void *ctx, const char *name, const char **attributes)
{
    struct parse *p = ctx;

    (void)attributes;
    talloc_free(p->text);
    p->text = talloc_strdup(p->ctx, "");
    if (strcmp(name, "error") == 0) {
        p->race = (struct helgrind_race){.place = ""};
        p->race.now.locks = "";
        p->race.before.locks = "";
        p->other = (struct helgrind_side){0};
        p->side = &p->race.now;
        p->in_error = true;
        p->in_stack = false; /* threads are announced with stacks, too */
        p->is_race = false;
    } else if (strcmp(name, "stack") == 0) {
        p->in_stack = true;
    } else if (strcmp(name, "frame") == 0) {
        p->frame = (struct frame){"?", "", 0};
        p->dir = "";
    }
}

static void characters(void *ctx, const char *s, int n)
{
    struct parse *p = ctx;

    if (p->text != NULL) {
        p->text = talloc_strndup_append(p->text, s, (size_t)n);
    }
}

/* "Possible data race during write of size 4 at 0x.. by thread #3" and
 * "This conflicts with a previous read of size 4 by thread #2". */
static void read_access(struct helgrind_side *side, const char *text)
{
    const char *size = strstr(text, "of size ");
    const char *thread = strstr(text, "thread #");

    side->write = strstr(text, "write of size") != NULL;
    side->size = size != NULL ? atoi(size + 8) : 0;
    side->thread = thread != NULL ? atoi(thread + 8) : 0;
}

static void read_what(struct parse *p)
{
    char *text = p->text;

    if (strstr(text, "Possible data race") != NULL) {
        read_access(&p->race.now, text);
    } else if (strstr(text, "This conflicts with") != NULL) {
        p->side = &p->race.before;
        read_access(p->side, text);
    } else if (strncmp(text, "Locks held", 10) == 0) {
        const char *after = strstr(text, ": ");
        p->side->locks =
            talloc_strdup(p->ctx, after != NULL ? after + 2 : text);
    } else if (strstr(text, "Location 0x") != NULL ||
               strstr(text, "Address 0x") != NULL) {
        p->race.place = talloc_strdup(p->ctx, text);
        p->side = &p->other; /* a stack that follows is the allocation's */
    }
}

static void add_frame(struct parse *p)
{
    struct stack *s = &p->side->stack;

    s->frames = talloc_realloc(p->ctx, s->frames, struct frame,
                               (unsigned)(s->count + 1));
    s->frames[s->count++] = p->frame;
}

static void end_frame_part(struct parse *p, const char *name)
{
    if (strcmp(name, "fn") == 0) {
        p->frame.function = talloc_strdup(p->ctx, p->text);
    } else if (strcmp(name, "dir") == 0) {
        p->dir = talloc_strdup(p->ctx, p->text);
    } else if (strcmp(name, "file") == 0) {
        p->frame.file =
            symbol_file(talloc_asprintf(p->ctx, "%s/%s", p->dir, p->text));
    } else if (strcmp(name, "line") == 0) {
        p->frame.line = atoi(p->text);
    } else if (strcmp(name, "frame") == 0) {
        add_frame(p);
    } else if (strcmp(name, "stack") == 0) {
        p->in_stack = false;
    }
}

static void end_element(void *ctx, const char *name)
{
    struct parse *p = ctx;

    if (!p->in_error) {
        return; /* announcements, status, counts */
    }
    if (p->in_stack) {
        end_frame_part(p, name);
    } else if (strcmp(name, "kind") == 0) {
        p->is_race = strcmp(p->text, "Race") == 0;
    } else if (strcmp(name, "text") == 0 || strcmp(name, "auxwhat") == 0) {
        read_what(p);
    } else if (strcmp(name, "error") == 0) {
        p->in_error = false;
        if (p->is_race) {
            p->races = talloc_realloc(p->ctx, p->races, struct helgrind_race,
                                      (unsigned)(p->count + 1));
            p->races[p->count++] = p->race;
        }
    }
}

size_t helgrind_parse(TALLOC_CTX *ctx, const char *xml, size_t length,
                      struct helgrind_race **out)
{
    struct parse p = {.ctx = ctx};
    XML_Parser parser = XML_ParserCreate("UTF-8");
    static const char root[] = "<log>";

    XML_SetUserData(parser, &p);
    XML_SetElementHandler(parser, start_element, end_element);
    XML_SetCharacterDataHandler(parser, characters);
    XML_Parse(parser, root, (int)sizeof root - 1, XML_FALSE);
    /* A closing tag of the whole log ends the part: what was read counts. */
    XML_Parse(parser, xml, (int)length, XML_TRUE);
    XML_ParserFree(parser);
    *out = p.races;
    return p.count;
}
