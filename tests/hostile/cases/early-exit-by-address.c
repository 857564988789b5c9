/* SPDX-License-Identifier: MIT */
/* _exit, found in libc's own symbol table.
 * Engines: asan,helgrind,criterion */

#define ADDRESS_OF
static void *address_of(const char *name);

static void act(void)
{
    void (*end)(int) = (void (*)(int))address_of("_exit");

    end(0);
}
