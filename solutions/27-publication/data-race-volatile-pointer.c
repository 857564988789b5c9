/* SPDX-License-Identifier: MIT */
/* Wrong: the pointer is volatile instead of atomic. That keeps the compiler
 * from caching it, and orders nothing between threads. On x86 it seems to
 * work. */
#include "board.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct board {
    struct notice *volatile notice; /* NULL, and one day something else */
};

struct board *board_create(void)
{
    struct board *b = malloc(sizeof(*b));

    if (b != NULL) {
        b->notice = NULL; /* nobody else knows the board yet */
    }
    return b;
}

int board_publish(struct board *b, long number, const char *text,
                  const struct notice **out_notice)
{
    struct notice *mine = NULL;
    struct notice *found = NULL; /* what the exchange expects, and may find */

    if (strlen(text) >= NOTICE_ROOM) {
        return EINVAL;
    }
    mine = calloc(1, sizeof(*mine));
    if (mine == NULL) {
        return ENOMEM;
    }
    mine->number = number;
    strcpy(mine->text, text);

    found = b->notice;
    if (found == NULL) {
        b->notice = mine;
        *out_notice = mine;
        return 0;
    }
    free(mine); /* nobody has seen it */
    *out_notice = found;
    return EALREADY;
}

const struct notice *board_read(struct board *b)
{
    return b->notice;
}

void board_destroy(struct board *b)
{
    free(b->notice);
    free(b);
}
