/* SPDX-License-Identifier: MIT */
/* reduce.h - the shortest form of a run that fails. The server only. */
#ifndef REDUCE_H
#define REDUCE_H

#include "explore.h"

/* A run that can be had again. */
struct kept {
    struct rt_choice choices[RT_CHOICES];
    struct rt_schedule schedule; /* of these */
};

/* Keeps the last run. Too large for a stack; do not copy it. */
void reduce_keep(struct kept *k);

/* The last run failed: finds its shortest form and runs that. Returns whether
 * the failure came again. */
bool reduce(const struct explorer *e, struct outcome *o);

#endif
