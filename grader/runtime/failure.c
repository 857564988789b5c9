/* SPDX-License-Identifier: MIT */
/* failure.c - see failure.h. */
#include "failure.h"
#include "case.h"

#include <stdlib.h>
#include <string.h>

/* What the runs of a program that saw no spurious wake-up print and end with:
 * 0 until there was one. */
static uint64_t usual;
static unsigned usual_runs;
static bool usual_varies;

void failure_reset(void)
{
    usual = usual_runs = 0;
    usual_varies = false;
}

static bool counts(const struct rt_note *n)
{
    return n->kind != NOTE_SPURIOUS && n->kind != NOTE_NOT_JOINED &&
           !(n->kind == NOTE_LOCK_ORDER &&
             (rt_case_whole || strcmp(n->word, "overlap") == 0));
}

int failure_note(void)
{
    for (int i = 0; i < rt->note_count; i++) {
        if (counts(&rt->notes[i])) {
            return i;
        }
    }
    return -1;
}

bool failure_woke_up(bool again)
{
    for (int i = 0; i < rt->note_count; i++) {
        const struct rt_note *n = &rt->notes[i];
        if (n->kind == NOTE_SPURIOUS && (n->again || !again)) {
            return true;
        }
    }
    return false;
}

uint64_t failure_result(const struct outcome *o)
{
    uint64_t h = 0xcbf29ce484222325u; /* FNV */

    for (size_t i = 0; i < o->output_length; i++) {
        h = (h ^ (unsigned char)o->output[i]) * 0x100000001b3u;
    }
    return (h ^ (uint64_t)o->output_size) * 0x100000001b3u +
           (uint64_t)rt->exit_status + 1;
}

void failure_learn(const struct outcome *o, unsigned times)
{
    if (rt_case_whole && o->end == END_COMPLETED && !rt->pruned &&
        !failure_woke_up(false)) {
        usual = usual_runs == 0 ? failure_result(o) : usual;
        usual_runs += times;
        usual_varies = usual_varies || usual != failure_result(o);
    }
}

bool failure_differs(const struct outcome *o)
{
    return usual_runs >= FAILURE_USUAL && !usual_varies &&
           o->end == END_COMPLETED && failure_woke_up(false) &&
           failure_result(o) != usual;
}

struct failure failure_of(const struct outcome *o)
{
    int n = failure_note();

    return (struct failure){
        .end = o->end == END_STUCK ? END_DEADLOCK : o->end,
        .word = o->word,
        .note = n >= 0 ? rt->notes[n].kind : -1,
        .note_pc = n >= 0 ? rt->notes[n].at.pc[0] : 0,
        .crash_signal = rt->crash_signal,
        .crash_pc = rt->crash_signal != 0 ? rt->crash.pc[0] : 0,
        .reports = rt->report_count > 0,
        .differs = failure_differs(o),
        .exit_status = rt->exit_status,
        .line = rt->failure_count > 0 ? rt->failure.line : 0};
}

static bool same(const struct failure *a, const struct failure *b)
{
    return a->end == b->end && a->word == b->word && a->note == b->note &&
           a->note_pc == b->note_pc && a->crash_signal == b->crash_signal &&
           a->crash_pc == b->crash_pc && a->line == b->line &&
           a->reports == b->reports && a->differs == b->differs &&
           a->exit_status == b->exit_status;
}

bool failure_is(const struct failure *f, const struct outcome *o)
{
    struct failure now = failure_of(o);

    return same(&now, f);
}

bool failure_unexpected(const struct outcome *o)
{
    const char *expected = getenv("TL_EXPECT");

    return rt_case_whole && expected != NULL && o->end == END_COMPLETED &&
           rt->exit_status != (int)strtol(expected, NULL, 0);
}

bool failure_in(const struct outcome *o)
{
    if (rt->pruned) {
        return failure_note() >= 0 || rt->report_count > 0;
    }
    return (o->end != END_COMPLETED && o->end != END_SKIPPED) ||
           failure_unexpected(o) || failure_note() >= 0 ||
           rt->report_count > 0 || rt->text_length > 0 || failure_differs(o);
}
