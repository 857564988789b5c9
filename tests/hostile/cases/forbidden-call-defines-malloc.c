/* SPDX-License-Identifier: MIT */
/* Memory that never leaks. */
#include <stdlib.h>

static char pool[1 << 20];
static size_t used;

void *malloc(size_t n)
{
    used += n;
    return pool + used - n;
}

static void act(void)
{
    (void)0;
}
