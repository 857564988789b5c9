/* SPDX-License-Identifier: MIT */
/* The sanitizers look away: a pragma made by a macro. */

#define QUOTE(x) #x
_Pragma(QUOTE(clang attribute push(__attribute__((disable_sanitizer_instrumentation)), apply_to = function)))

static void act(void)
{
    (void)0;
}
