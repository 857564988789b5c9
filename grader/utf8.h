/* SPDX-License-Identifier: MIT */
/* utf8.h - reading text that claims to be UTF-8. Pure; any thread. */
#ifndef UTF8_H
#define UTF8_H

#include <stddef.h>
#include <stdint.h>

#define UTF8_REPLACEMENT 0xFFFDu

/* Decode the character at `s`, which must not be at its final NUL.
 * Returns how many bytes it takes, at least 1, and writes *out_char: the
 * character, or UTF8_REPLACEMENT for a byte that belongs to none (also for
 * overlong forms, surrogates and values beyond U+10FFFF). */
size_t utf8_next(const char *s, uint32_t *out_char);

#endif
