/* SPDX-License-Identifier: MIT */
/* A shell behind a harmless name. */
#include <wordexp.h>

static void act(void)
{
    wordexp_t words;

    wordexp("$(sleep 31337 & echo)", &words, 0);
}
