/* SPDX-License-Identifier: MIT */
/* Options of its own. */

const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "halt_on_error=0";
}

static void act(void)
{
    (void)0;
}
