/* SPDX-License-Identifier: MIT */
/* statics.c - see statics.h. Each call writes what its function keeps; the
 * compiler tells what the program does with what was returned. Calls come here
 * as those of blocks.c do. */
#include "statics.h"
#include "access.h"
#include "blocks.h"
#include "shadow.h"

#include <stddef.h>
#include <string.h>
#include <time.h>

enum { TOKENS, LOCAL, GMT, ASCTIME, CTIME, KEEPERS };

static struct {
    const char *name;
    uintptr_t at;
    size_t size;
} keepers[KEEPERS] = {[TOKENS] = {"strtok", 0, 0},
                      [LOCAL] = {"localtime", 0, 0},
                      [GMT] = {"gmtime", 0, 0},
                      [ASCTIME] = {"asctime", 0, 0},
                      [CTIME] = {"ctime", 0, 0}};

const char *statics_name(uintptr_t addr)
{
    for (int i = 0; i < KEEPERS; i++) {
        if (addr - keepers[i].at < keepers[i].size) {
            return keepers[i].name;
        }
    }
    return NULL;
}

/* The caller has had `size` bytes written at `at`, unless that is NULL. */
static void keeps(int keeper, const void *at, size_t size, uintptr_t pc,
                  const void *frame)
{
    if (at != NULL) {
        keepers[keeper].at = (uintptr_t)at;
        keepers[keeper].size = size;
        access_block((uintptr_t)at, size, ACCESS_WRITE, pc, frame);
    }
}

BLOCK(char *, strtok, (char *text, const char *separators))
{
    static char strtok_place; /* stands for the library's */

    keeps(TOKENS, &strtok_place, sizeof strtok_place, CALLER);
    return strtok(text, separators);
}

BLOCK(struct tm *, localtime, (const time_t *t))
{
    struct tm *tm = localtime(t);

    keeps(LOCAL, tm, sizeof *tm, CALLER);
    return tm;
}

BLOCK(struct tm *, gmtime, (const time_t *t))
{
    struct tm *tm = gmtime(t);

    keeps(GMT, tm, sizeof *tm, CALLER);
    return tm;
}

BLOCK(char *, asctime, (const struct tm *tm))
{
    char *text = asctime(tm);

    keeps(ASCTIME, text, text != NULL ? strlen(text) + 1 : 0, CALLER);
    return text;
}

BLOCK(char *, ctime, (const time_t *t))
{
    char *text = ctime(t);

    keeps(CTIME, text, text != NULL ? strlen(text) + 1 : 0, CALLER);
    return text;
}
