/* SPDX-License-Identifier: MIT */
/* A jump out of a function, with signals. */
#include <setjmp.h>

static sigjmp_buf back;

static void act(void)
{
    if (sigsetjmp(back, 1) == 0) {
        siglongjmp(back, 1);
    }
}
