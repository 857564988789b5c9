/* SPDX-License-Identifier: MIT */
/* Code before main, by its section. */
#include <unistd.h>

static void early(void)
{
    _exit(0);
}
__attribute__((section(".init_array"), used)) static void (*run)(void) = early;

static void act(void)
{
    (void)0;
}
