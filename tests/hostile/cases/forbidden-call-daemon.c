/* SPDX-License-Identifier: MIT */
/* It leaves its session and lives on. */
#include <stdlib.h>
#include <unistd.h>

static void act(void)
{
    if (daemon(0, 0) != 0) {
        abort();
    }
}
