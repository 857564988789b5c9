/* SPDX-License-Identifier: MIT */
/* wide.h - atomic operations on more than 8 bytes, as a pointer with a tag.
 *
 * The compiler makes calls of them: of libatomic's functions (wide_library.c),
 * or of ThreadSanitizer's, where -mcx16 lets it do 16 bytes by itself
 * (wide_words.c). Those are in an archive of their own, libwide.a, so that only
 * who uses them needs libatomic; and whoever forgot it is told so by the
 * linker, here as everywhere.
 *
 * Each is a scheduling point and orders threads as its memory order says, but
 * a load returns the last store: older ones are not kept of so many bytes. */
#ifndef WIDE_H
#define WIDE_H

#include "rt.h"

struct tl_wide {
    const volatile void *object;
    size_t size;   /* bytes */
    unsigned kind; /* ACCESS_READ or ACCESS_WRITE */
    int order;     /* that of a failure, if it was one, at the end */
    bool unseen;   /* ThreadSanitizer has to be told of the order */
    uintptr_t pc;  /* in the program */
    struct rt_thread *t;
};

/* Before the real operation, by the thread that makes it; another may run
 * first. `frame` is the caller's. */
void tl_wide_begin(struct tl_wide *w, const void *frame);

/* After it: `op` (OP_LOAD, OP_STORE, OP_UPDATE or OP_REFUSED) is what it
 * was. */
void tl_wide_end(const struct tl_wide *w, enum rt_op op);

/* What starts one in a function of this kind. */
#define TL_WIDE(of, bytes, access, with, is_unseen) \
    struct tl_wide w = {.object = (of),             \
                        .size = (bytes),            \
                        .kind = (access),           \
                        .order = (with),            \
                        .unseen = (is_unseen),      \
                        .pc = RT_CALLER};           \
    tl_wide_begin(&w, __builtin_frame_address(0))

#endif
