/* SPDX-License-Identifier: MIT */
/* Right: the same with the __atomic functions of gcc and clang, on a plain
 * pointer that nothing else ever touches. Older code is often written so. */
#include "board.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct board {
    struct notice *notice; /* NULL, and one day something else */
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

    if (__atomic_compare_exchange_n(&b->notice, &found, mine, false,
                                    __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
        *out_notice = mine;
        return 0;
    }
    free(mine); /* nobody has seen it */
    *out_notice = found;
    return EALREADY;
}

const struct notice *board_read(struct board *b)
{
    return __atomic_load_n(&b->notice, __ATOMIC_ACQUIRE);
}

void board_destroy(struct board *b)
{
    free(b->notice);
    free(b);
}
