/* SPDX-License-Identifier: MIT */
/* It becomes a program that outlives everybody.
 * Engines: asan */
#include <fcntl.h>
#include <unistd.h>

static void act(void)
{
    char *argv[] = {"sleep", "31337", NULL}, *env[] = {NULL};

    fexecve(open("/bin/sleep", O_RDONLY), argv, env);
}
