/* SPDX-License-Identifier: MIT */
/* Right: the operations are relaxed, and fences do the ordering: a release
 * fence before the pointer is stored, an acquire fence after it was loaded and
 * before what it points to is read. */
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

    atomic_thread_fence(memory_order_release);
    if (atomic_compare_exchange_strong_explicit(&b->notice, &found, mine,
                                                memory_order_relaxed,
                                                memory_order_relaxed)) {
        *out_notice = mine;
        return 0;
    }
    atomic_thread_fence(memory_order_acquire);
    free(mine); /* nobody has seen it */
    *out_notice = found;
    return EALREADY;
}

const struct notice *board_read(struct board *b)
{
    struct notice *notice =
        atomic_load_explicit(&b->notice, memory_order_relaxed);

    atomic_thread_fence(memory_order_acquire);
    return notice;
}

void board_destroy(struct board *b)
{
    free(atomic_load_explicit(&b->notice, memory_order_relaxed));
    free(b);
}
