/* SPDX-License-Identifier: MIT */
/* It claims to be inside a system header. */

??=\
 1 "/usr/include/stdio.h" 1 3
__attribute__((no_sanitize("thread"))) int peek(const int *p);
int peek(const int *p)
{
    return *p;
}

static void act(void)
{
    (void)0;
}
