/* SPDX-License-Identifier: MIT */
/* Wrong: the notice is a part of the board, and an atomic state says how far
 * it is. Who comes second while the first is still writing spins until that is
 * over. If the first is stopped there, so are all the others. */
#include "board.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { EMPTY, WRITING, READY };

struct board {
    atomic_int state;
    struct notice notice; /* read only when READY */
};

struct board *board_create(void)
{
    struct board *b = calloc(1, sizeof(*b));

    if (b != NULL) {
        atomic_init(&b->state, EMPTY);
    }
    return b;
}

int board_publish(struct board *b, long number, const char *text,
                  const struct notice **out_notice)
{
    int expected = EMPTY;

    if (strlen(text) >= NOTICE_ROOM) {
        return EINVAL;
    }
    *out_notice = &b->notice;
    if (atomic_compare_exchange_strong(&b->state, &expected, WRITING)) {
        b->notice.number = number;
        strcpy(b->notice.text, text);
        atomic_store_explicit(&b->state, READY, memory_order_release);
        return 0;
    }
    while (atomic_load_explicit(&b->state, memory_order_acquire) != READY) {
    }
    return EALREADY;
}

const struct notice *board_read(struct board *b)
{
    if (atomic_load_explicit(&b->state, memory_order_acquire) != READY) {
        return NULL;
    }
    return &b->notice;
}

void board_destroy(struct board *b)
{
    free(b);
}
