/* SPDX-License-Identifier: MIT */
/* Right: looks first and allocates only if the board seems empty. The exchange
 * is a weak one, which may fail without a reason, so it stands in a loop that
 * goes on as long as nothing was found. */
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
    found = atomic_load_explicit(&b->notice, memory_order_acquire);
    if (found != NULL) {
        *out_notice = found;
        return EALREADY;
    }
    mine = calloc(1, sizeof(*mine));
    if (mine == NULL) {
        return ENOMEM;
    }
    mine->number = number;
    strcpy(mine->text, text);

    while (found == NULL) {
        if (atomic_compare_exchange_weak_explicit(&b->notice, &found, mine,
                                                  memory_order_release,
                                                  memory_order_acquire)) {
            *out_notice = mine;
            return 0;
        }
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
