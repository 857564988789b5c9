/* SPDX-License-Identifier: MIT */
/* story.c - see story.h. The steps chosen by story_choose.c, in the words of
 * story_words.c, with what they came to. */
#include "story.h"
#include "judge_memory.h"
#include "teller.h"

static int column(struct teller *t, long thread)
{
    const char *name = ev_thread(t->j, thread);
    struct story *s = &t->story;

    for (size_t i = 0; i < s->thread_count; i++) {
        if (strcmp(s->threads[i], name) == 0) {
            return (int)i;
        }
    }
    s->threads = talloc_realloc(t->j->ctx, s->threads, const char *,
                                (unsigned)s->thread_count + 1);
    s->threads[s->thread_count++] = name;
    return (int)s->thread_count - 1;
}

static struct event *add_event(struct teller *t, long thread, const char *what,
                               struct frame at, bool end)
{
    struct story *s = &t->story;

    s->events = talloc_realloc(t->j->ctx, s->events, struct event,
                               (unsigned)s->count + 1);
    s->events[s->count] = (struct event){
        .what = what, .file = at.file, .line = at.line, .end = end};
    s->events[s->count].column = column(t, thread);
    return &s->events[s->count++];
}

/* In a circle of waits, its members; else whoever waits for something other
 * than the end of a thread, or, if there is nobody, everybody. */
static bool takes_part(const struct teller *t, long id)
{
    const json_t *cycle = json_object_get(t->run, "cycle");
    bool others = false;

    for (size_t i = 0; i < json_array_size(cycle); i++) {
        if (json_integer_value(json_array_get(cycle, i)) == id) {
            return true;
        }
    }
    for (size_t i = 0; i < thread_count(t->run); i++) {
        const json_t *thread = thread_at(t->run, (long)i);
        others =
            others || (teller_waits(thread) && !is(thread, "state", "join"));
    }
    return json_array_size(cycle) == 0 &&
           !(others && is(thread_at(t->run, id), "state", "join"));
}

/* Where the story ends for those who wait. */
static void add_ends(struct teller *t)
{
    for (size_t i = 0; i < thread_count(t->run); i++) {
        const json_t *thread = thread_at(t->run, (long)i);
        struct stack s = ev_stack_in(t->j, thread, "stack");
        const json_t *o = object_at(t->run, num(thread, "object"));
        const char *what;
        if (!teller_waits(thread) || !takes_part(t, (long)i)) {
            continue;
        }
        if (is(thread, "state", "join")) {
            what = talloc_asprintf(t->j->ctx, "waits for %s to end",
                                   ev_thread(t->j, num(thread, "joins")));
        } else if (o != NULL) {
            what = talloc_asprintf(
                t->j->ctx, "waits for %s",
                teller_name(t, num(o, "id"), ev_spot(t->j, &s)));
        } else {
            what = "waits";
        }
        add_event(t, (long)i, what, ev_spot(t->j, &s), t->race < 0);
    }
}

/* The call that was misuse, if that is what failed. */
static void add_misuse(struct teller *t)
{
    const json_t *note = json_array_get(json_object_get(t->run, "notes"), 0);
    struct stack s = ev_stack_in(t->j, note, "at");

    const char *what = NULL;

    if (is(note, "kind", "use-after-free")) {
        what = "uses the block";
    } else if (is(note, "kind", "beside-block")) {
        what = "goes beyond the block";
    } else if (str(note, "word")[0] != '\0' &&
               !is(note, "kind", "lock-order")) {
        what = talloc_asprintf(t->j->ctx, "calls %s", str(note, "word"));
    }
    if (is(t->run, "end", "failed") && what != NULL) {
        add_event(t, num(note, "thread"), what, ev_spot(t->j, &s), t->race < 0);
    }
}

/* What failed, where nothing stands still. */
static void add_failure(struct teller *t)
{
    const json_t *failure = json_object_get(t->run, "failure");
    const json_t *crash = json_object_get(t->run, "crash");
    const char *path = symbol_file(str(failure, "file"));
    const char *what;
    struct frame at;
    long thread;

    if (crash != NULL) {
        struct stack s = ev_stack_in(t->j, crash, "at");
        add_event(t, num(crash, "thread"), "crashes", ev_spot(t->j, &s),
                  t->race < 0);
    } else if (failure != NULL) {
        at = (struct frame){"?", talloc_strdup(t->j->ctx, path),
                            (int)num(failure, "line")};
        add_event(t, num(failure, "thread"), "this check fails", at,
                  t->race < 0);
    } else if (judge_memory_end(t->j, t->run, &thread, &what, &at)) {
        add_event(t, thread, what, at, t->race < 0);
    } else {
        add_misuse(t);
    }
}

static void add_steps(struct teller *t)
{
    for (size_t i = 0; i < t->count; i++) {
        const json_t *s = step_at(t, i);
        if (t->keep[i]) {
            add_event(t, field(s, STEP_THREAD), teller_words(t, s),
                      ev_frame(t->j, field(s, STEP_AT)), (long)i == t->race)
                ->skipped = t->skipped[i];
        }
    }
}

struct story story_tell(const struct judge *j, const json_t *run, bool of_race)
{
    struct teller t = {.j = j,
                       .run = run,
                       .steps = json_object_get(run, "story"),
                       .race = -1,
                       .story = {.file = j->sources[0].name}};

    t.count = json_array_size(t.steps);
    if (t.count == 0 || thread_count(run) < 2) {
        return t.story;
    }
    t.keep = talloc_zero_array(j->ctx, bool, (unsigned)t.count);
    t.skipped = talloc_zero_array(j->ctx, int, (unsigned)t.count);
    t.turns = talloc_zero_array(j->ctx, bool, (unsigned)t.count);
    if (!teller_choose(&t, of_race)) {
        return t.story;
    }
    add_steps(&t);
    if (t.story_ends) {
        t.story.events[t.story.count - 1].end = true;
    } else if (teller_stands_still(run)) {
        add_ends(&t);
    } else {
        add_failure(&t);
    }
    return t.story;
}
