/* SPDX-License-Identifier: MIT */
/* board.c - a board for one notice, published once, read without waiting.
 *
 * A publisher fills a notice that nobody else knows of. Then it hangs it up in
 * one step: a compare-exchange of the pointer, from NULL to the notice, with
 * release. Who loads the pointer with acquire and finds it there also finds
 * all that was written before. Once it is not NULL it never changes, and
 * nobody writes to the notice again. */
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

    /* Release on success, for those who will read mine. Acquire on failure:
     * then it is this thread, or its caller, that reads what another has
     * published. (C11 wants the first order to include the second.) */
    if (atomic_compare_exchange_strong_explicit(&b->notice, &found, mine,
                                                memory_order_acq_rel,
                                                memory_order_acquire)) {
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
