/* SPDX-License-Identifier: MIT */
/* Wrong: a mutex around everything. It is free of races, but a reader waits
 * for whoever holds it, which this exercise does not allow. */
#include "board.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct board {
    pthread_mutex_t lock;
    struct notice *notice; /* NULL, and one day something else */
};

struct board *board_create(void)
{
    struct board *b = malloc(sizeof(*b));

    if (b != NULL) {
        pthread_mutex_init(&b->lock, NULL);
        b->notice = NULL;
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

    pthread_mutex_lock(&b->lock);
    found = b->notice;
    if (found == NULL) {
        b->notice = mine;
    }
    pthread_mutex_unlock(&b->lock);
    if (found == NULL) {
        *out_notice = mine;
        return 0;
    }
    free(mine); /* nobody has seen it */
    *out_notice = found;
    return EALREADY;
}

const struct notice *board_read(struct board *b)
{
    const struct notice *notice = NULL;

    pthread_mutex_lock(&b->lock);
    notice = b->notice;
    pthread_mutex_unlock(&b->lock);
    return notice;
}

void board_destroy(struct board *b)
{
    free(b->notice);
    pthread_mutex_destroy(&b->lock);
    free(b);
}
