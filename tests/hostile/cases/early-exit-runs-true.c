/* SPDX-License-Identifier: MIT */
/* It becomes /bin/true.
 * Engines: asan,criterion */
#include <unistd.h>

static void act(void)
{
    execl("/bin/true", "true", (char *)NULL);
}
