/* SPDX-License-Identifier: MIT */
/* progress.c - draws with carriage returns and blanks only: a line is taken
 * away by writing blanks over it, so it needs no escape sequences. */
#include "progress.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define MUST(call)                                           \
    do {                                                     \
        if ((call) != 0) {                                   \
            fprintf(stderr, "progress: %s failed\n", #call); \
            abort();                                         \
        }                                                    \
    } while (0)

struct progress {
    struct term term; /* constant after create */

    pthread_mutex_t lock; /* guards the fields below, and term.out while
                             nothing is paused */
    bool paused;
    char text[160]; /* what the line says, or would if not paused */
    int drawn;      /* columns of it on the screen now */
};

struct progress *progress_create(const struct term *t)
{
    struct progress *p = calloc(1, sizeof(*p));

    if (p != NULL) {
        p->term = *t;
        MUST(pthread_mutex_init(&p->lock, NULL));
    }
    return p;
}

static void erase_locked(struct progress *p)
{
    if (p->drawn > 0) {
        fprintf(p->term.out, "\r%*s\r", p->drawn, "");
        fflush(p->term.out);
        p->drawn = 0;
    }
}

static void draw_locked(struct progress *p)
{
    int before = p->drawn;

    if (p->paused || p->text[0] == '\0') {
        return;
    }
    putc('\r', p->term.out);
    /* One column stays free, or some terminals move to the next line. */
    p->drawn = term_clip(&p->term, p->text, p->term.width - 1);
    term_blanks(&p->term, before - p->drawn);
    fflush(p->term.out);
}

void progress_show(struct progress *p, const char *exercise, const char *engine,
                   int done, int total)
{
    char text[sizeof(p->text)];
    const char *dots = NULL;

    if (p == NULL || !p->term.live) {
        return;
    }
    dots = term_glyph(&p->term, GLYPH_ELLIPSIS);
    snprintf(text, sizeof(text), "%.60s  %.30s  %d/%d runs %s", exercise,
             engine, done, total, dots);
    MUST(pthread_mutex_lock(&p->lock));
    if (strcmp(text, p->text) != 0) {
        strcpy(p->text, text);
        draw_locked(p);
    }
    MUST(pthread_mutex_unlock(&p->lock));
}

void progress_pause(struct progress *p)
{
    if (p == NULL || !p->term.live) {
        return;
    }
    MUST(pthread_mutex_lock(&p->lock));
    p->paused = true;
    erase_locked(p);
    MUST(pthread_mutex_unlock(&p->lock));
}

void progress_resume(struct progress *p)
{
    if (p == NULL || !p->term.live) {
        return;
    }
    MUST(pthread_mutex_lock(&p->lock));
    p->paused = false;
    draw_locked(p);
    MUST(pthread_mutex_unlock(&p->lock));
}

void progress_destroy(struct progress *p)
{
    if (p != NULL) {
        erase_locked(p);
        MUST(pthread_mutex_destroy(&p->lock));
        free(p);
    }
}
