/* SPDX-License-Identifier: MIT */
/* TSan looks away: spelled with underscores. */

__attribute__((__no_sanitize__("thread"))) int peek(const int *p);
int peek(const int *p)
{
    return *p;
}

static void act(void)
{
    (void)0;
}
