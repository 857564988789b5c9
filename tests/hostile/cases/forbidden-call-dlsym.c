/* SPDX-License-Identifier: MIT */
/* A function by name at run time. */
#include <dlfcn.h>

static void act(void)
{
    void (*end)(int) = (void (*)(int))dlsym(RTLD_DEFAULT, "_exit");

    end(0);
}
