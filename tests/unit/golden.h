/* SPDX-License-Identifier: MIT */
/* golden.h - comparing text with a file of expected text. */
#ifndef GOLDEN_H
#define GOLDEN_H

/* Fail the test unless `actual` is what tests/golden/NAME.expected says; the
 * tests run in the root of the kit. With UPDATE_EXPECT=1, rewrite that file
 * instead: then look at the difference before you commit it. */
void golden_check(const char *name, const char *actual);

#endif
