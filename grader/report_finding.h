/* SPDX-License-Identifier: MIT */
/* report_finding.h - what is wrong with an exercise, in words, at the terminal.
 */
#ifndef REPORT_FINDING_H
#define REPORT_FINDING_H

#include "report_term.h"

/* Write the findings of `ex`, each defect once. `source` may be NULL. Returns 0
 * or ENOMEM (nothing written). One thread at a time per stream. */
int report_findings(const struct term *t, const struct exercise_result *ex,
                    const struct report_source *source);

#endif
