/* SPDX-License-Identifier: MIT */
/* TSan looks away: spelled as a word. */

__attribute__((no_sanitize_thread)) int peek(const int *p);
int peek(const int *p)
{
    return *p;
}

static void act(void)
{
    (void)0;
}
