/* SPDX-License-Identifier: MIT */
/* Wrong: loads the pointer, and stores it if it was NULL: two atomic
 * operations, and another publisher in between. Both are told that theirs is
 * on the board. */
#include "board.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct board {
    _Atomic(struct notice *) notice; /* NULL, and one day something else */
};

struct board *board_create(void)
{
    struct board *b = malloc(sizeof(*b));

    if (b != NULL) {
        atomic_init(&b->notice, NULL); /* nobody else knows the board yet */
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

    found = atomic_load_explicit(&b->notice, memory_order_acquire);
    if (found == NULL) {
        atomic_store_explicit(&b->notice, mine, memory_order_release);
        *out_notice = mine;
        return 0;
    }
    free(mine); /* nobody has seen it */
    *out_notice = found;
    return EALREADY;
}

const struct notice *board_read(struct board *b)
{
    return atomic_load_explicit(&b->notice, memory_order_acquire);
}

void board_destroy(struct board *b)
{
    free(atomic_load_explicit(&b->notice, memory_order_relaxed));
    free(b);
}
