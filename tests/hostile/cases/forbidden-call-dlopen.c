/* SPDX-License-Identifier: MIT */
/* Code from elsewhere. */
#include <dlfcn.h>

static void act(void)
{
    dlopen("libm.so.6", RTLD_NOW);
}
