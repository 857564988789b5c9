/* SPDX-License-Identifier: MIT */
/* The same past malloc.
 * Engines: asan */
#include <stddef.h>
#include <sys/mman.h>

static void act(void)
{
    for (;;) {
        volatile char *p = mmap(NULL, 1 << 24, PROT_READ | PROT_WRITE,
                                MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        for (int i = 0; p != MAP_FAILED && i < 1 << 24; i += 4096) {
            p[i] = 1;
        }
    }
}
