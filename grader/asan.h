/* SPDX-License-Identifier: MIT */
/* asan.h - memory errors and leaks out of AddressSanitizer's and
 * LeakSanitizer's unsymbolised text. Pure; any thread. */
#ifndef ASAN_H
#define ASAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <talloc.h>

enum { ASAN_FRAMES = 24 };

/* Offsets in the test binary; frames in libraries are left out. */
struct asan_stack {
    size_t depth;
    uint64_t pc[ASAN_FRAMES];
    int thread; /* ASan's number, 0 is the main thread; -1 not said */
};

struct asan_error {
    const char *word;  /* "heap-use-after-free", "leak", ... */
    const char *place; /* "0x... is located 4 bytes inside of ...", or "" */
    bool write;
    long size;                              /* bytes accessed, or leaked */
    struct asan_stack at, freed, allocated; /* leaks: only allocated */
};

/* Parse `text`. `binary` is the path the frames of the test binary carry.
 * Returns how many errors are in *out, allocated on `ctx`. */
size_t asan_parse(TALLOC_CTX *ctx, const char *text, const char *binary,
                  struct asan_error **out);

#endif
