/* SPDX-License-Identifier: MIT */
/* Races that nobody hears of. */

void __tsan_on_report(void *report);
void __tsan_on_report(void *report)
{
    (void)report;
}

static void act(void)
{
    (void)0;
}
