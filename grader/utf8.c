/* SPDX-License-Identifier: MIT */
/* utf8.c - one strict decoder for everything students can write. */
#include "utf8.h"

/* The lead bytes of the longer forms, and the smallest value each may hold:
 * a smaller one would be an overlong form. */
static const struct {
    unsigned char mask, lead;
    size_t bytes;
    uint32_t least;
} forms[] = {
    {0xE0, 0xC0, 2, 0x80},
    {0xF0, 0xE0, 3, 0x800},
    {0xF8, 0xF0, 4, 0x10000},
};

size_t utf8_next(const char *s, uint32_t *out_char)
{
    unsigned char first = (unsigned char)s[0];

    *out_char = first;
    if (first < 0x80) {
        return 1;
    }
    *out_char = UTF8_REPLACEMENT;
    for (size_t f = 0; f < sizeof(forms) / sizeof(forms[0]); f++) {
        uint32_t value = first & (unsigned char)~forms[f].mask;
        size_t n = 1;

        if ((first & forms[f].mask) != forms[f].lead) {
            continue;
        }
        while (n < forms[f].bytes && ((unsigned char)s[n] & 0xC0) == 0x80) {
            value = value << 6 | ((unsigned char)s[n] & 0x3F);
            n++; /* a NUL is no continuation byte, so this stays inside */
        }
        if (n < forms[f].bytes || value < forms[f].least || value > 0x10FFFF ||
            (value >= 0xD800 && value <= 0xDFFF)) {
            return 1;
        }
        *out_char = value;
        return n;
    }
    return 1;
}
