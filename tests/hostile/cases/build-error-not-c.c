/* SPDX-License-Identifier: MIT */
/* No program at all. */

This is not a program at all.
