/* SPDX-License-Identifier: MIT */
/* A program that outlives everybody. */
#include <spawn.h>

static void act(void)
{
    char *argv[] = {"sleep", "31337", NULL}, *env[] = {NULL};
    pid_t pid;

    posix_spawn(&pid, "/bin/sleep", NULL, NULL, argv, env);
}
