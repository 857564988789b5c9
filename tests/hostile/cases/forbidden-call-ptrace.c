/* SPDX-License-Identifier: MIT */
/* It asks to be traced. */
#include <stddef.h>
#include <sys/ptrace.h>

static void act(void)
{
    ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}
