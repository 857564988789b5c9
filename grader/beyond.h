/* SPDX-License-Identifier: MIT */
/* beyond.h - what a tool misjudges: it would report races in right programs.
 * Pure. */
#ifndef BEYOND_H
#define BEYOND_H

#include "engine.h"

struct beyond { /* who cannot be asked about a source */
    bool of[ENGINE_COUNT];
};

/* Adds what this text, which is a line or a whole file, makes beyond a tool. */
void beyond_learn(struct beyond *b, const char *text, size_t length);

#endif
