/* SPDX-License-Identifier: MIT */
/* fork by its other name. */
#include <unistd.h>

static void act(void)
{
    while (_Fork() == 0) {
    }
}
