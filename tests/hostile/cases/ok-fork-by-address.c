/* SPDX-License-Identifier: MIT */
/* fork past every static look: refused, and the code goes on.
 * Engines: asan,tsan,helgrind,criterion */
#include <sys/types.h>
#include <unistd.h>

#define ADDRESS_OF
static void *address_of(const char *name);

static void act(void)
{
    pid_t (*split)(void) = (pid_t(*)(void))address_of("fork");

    for (int i = 0; i < 1000; i++) {
        if (split() == 0) {
            pause();
        }
    }
}
