/* SPDX-License-Identifier: MIT */
/* skeleton.h - the texts of a new exercise, for cmd_new.c only. */
#ifndef SKELETON_H
#define SKELETON_H

struct template
{
    const char *path, *text;
};

static const struct template templates[] = {
    {"exercises/@ID@/exercise.yaml", ""},
};

#endif
