/* SPDX-License-Identifier: MIT */
/* It prints for ever and does not mind the limit.
 * Engines: asan */
#include <signal.h>
#include <unistd.h>

static void act(void)
{
    signal(SIGXFSZ, SIG_IGN);
    for (;;) {
        write(1, "more\n", 5);
    }
}
