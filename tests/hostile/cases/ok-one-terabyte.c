/* SPDX-License-Identifier: MIT */
/* malloc may say no, and the code takes no for an answer.
 * Engines: asan,tsan,criterion */
#include <stdlib.h>

static void act(void)
{
    char *p = malloc((size_t)1 << 40);

    if (p != NULL) {
        free(p);
    }
}
