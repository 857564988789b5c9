/* SPDX-License-Identifier: MIT */
/* The same by a call that is not wrapped.
 * Engines: asan,helgrind */
#include <fcntl.h>
#include <unistd.h>

static void act(void)
{
    char *argv[] = {"true", NULL}, *env[] = {NULL};

    fexecve(open("/bin/true", O_RDONLY), argv, env);
}
