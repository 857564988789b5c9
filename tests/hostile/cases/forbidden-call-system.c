/* SPDX-License-Identifier: MIT */
/* A shell that leaves something running. */
#include <stdlib.h>

static void act(void)
{
    if (system("sleep 31337 &") != 0) {
        abort();
    }
}
