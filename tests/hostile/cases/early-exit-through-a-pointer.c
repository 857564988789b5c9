/* SPDX-License-Identifier: MIT */
/* _exit, not called by its name.
 * Engines: asan */
#include <unistd.h>

static void act(void)
{
    void (*volatile end)(int) = _exit;

    end(0);
}
