/* SPDX-License-Identifier: MIT */
/* Code before main, by a section that a macro names. */
#include <unistd.h>

#define PLACE(s) __attribute__((section(s), used))
static void early(void)
{
    _exit(0);
}
PLACE(".preinit_array")
static void (*run)(void) = early;

static void act(void)
{
    (void)0;
}
