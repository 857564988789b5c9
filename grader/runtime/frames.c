/* SPDX-License-Identifier: MIT */
/* frames.c - see frames.h. The runtime keeps frame pointers, so its own frames
 * can be followed up to the first that returns to other code. */
#include "frames.h"

static bool is_runtime(uintptr_t pc)
{
    return pc > (uintptr_t)rt_text_begin && pc <= (uintptr_t)rt_text_end;
}

/* The lowest address that the program's own frames have; 0 if not known. */
static uintptr_t lowest_used(const struct rt_thread *t)
{
    const uintptr_t *fp = t->parked;

    if (t->turn == TURN_GONE) { /* it has no frames any more; but main's are
                                 * used by whoever was started from there */
        return t->stays ? 0 : t->stack_top;
    }
    while ((uintptr_t)fp >= t->stack_low && (uintptr_t)fp < t->stack_top) {
        if (!is_runtime(fp[1])) {
            return (uintptr_t)(fp + 2);
        }
        if (fp[0] <= (uintptr_t)fp) {
            return 0;
        }
        fp = (const uintptr_t *)fp[0];
    }
    return 0;
}

bool frames_have_left(const struct rt_thread *t, uintptr_t addr)
{
    return t->parked != NULL && t->stack_low != 0 && addr >= t->stack_low &&
           addr < lowest_used(t);
}
