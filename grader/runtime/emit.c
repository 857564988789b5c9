/* SPDX-License-Identifier: MIT */
/* emit.c - one run as one line of JSON.
 *
 * Addresses inside the executable are written relative to its start, so
 * that they mean the same on every machine; a stack entry is the address of
 * the call, not of the return. Addresses elsewhere are left out of stacks. */
#include "blame.h"
#include "explore.h"
#include "failure.h"
#include "scheduler.h"
#include "strategy.h"

#include <stdio.h>
#include <string.h>

#define DAY_NS (86400 * 1000000000ull)

extern char __executable_start, _end;

static const char *const state_names[RT_STATES] = {
    "running", "mutex", "cond",  "join",     "rwlock", "semaphore", "barrier",
    "fd",      "timed", "sleep", "finished", "once",   "futex",
};
static const char *const type_names[] = {
    "mutex", "condition", "rwlock", "semaphore", "barrier", "once", "futex"};
static const char *const note_names[NOTE_KINDS] = {
    "unlock-not-held",    "unlock-not-owner", "destroy-in-use",
    "wait-without-mutex", "two-mutexes",      "join-twice",
    "join-detached",      "join-self",        "join-unknown",
    "detach-twice",       "missing-join",     "exit-holding",
    "lock-order",         "called-exit",      "called-fork",
    "too-many-threads",   "not-made",         "copied",
    "never-made",         "not-joined",       "cut-short",
    "cut-short-detached", "use-after-free",   "freed-twice",
    "beside-block",       "use-after-return", "destroyed",
    "forked-lock",        "bad-time",         "cancelled-holding",
    "spurious",
};
static const char *const end_names[END_KINDS] = {
    "gone", "completed", "failed", "skipped", "deadlock", "stuck",
    "spin", "timeout",   "memory", "crash",   "tool",     "unfit",
};

/* Addresses are written with a sign, as those who read JSON have no integer for
 * the upper half. */
static long relative(uintptr_t addr)
{
    uintptr_t base = (uintptr_t)&__executable_start;

    return addr > base && addr <= (uintptr_t)&_end ? (long)(addr - base) : 0;
}

static void text(FILE *f, const char *s, size_t n)
{
    putc('"', f);
    for (size_t i = 0; i < n && s[i] != '\0'; i++) {
        unsigned char c = (unsigned char)s[i];
        if (c == '"' || c == '\\') {
            fprintf(f, "\\%c", c);
        } else if (c < 0x20 || c >= 0x7f) {
            fprintf(f, "\\u%04x", c); /* bytes: the reader sorts out UTF-8 */
        } else {
            putc(c, f);
        }
    }
    putc('"', f);
}

static void field(FILE *f, const char *name, const char *value)
{
    fprintf(f, ",\"%s\":", name);
    text(f, value, strlen(value));
}

static void pcs(FILE *f, const char *name, const struct rt_stack *s)
{
    const char *sep = "";

    fprintf(f, ",\"%s\":[", name);
    for (int i = 0; i < s->depth; i++) {
        long pc = relative(s->pc[i]);
        if (pc != 0) {
            fprintf(f, "%s%ld", sep, pc - 1);
            sep = ",";
        }
    }
    fputs("]", f);
}

static long call(uintptr_t pc)
{
    long rel = relative(pc);

    return rel != 0 ? rel - 1 : 0;
}

static void thread(FILE *f, int i)
{
    const struct rt_thread *t = &rt->threads[i];

    fprintf(f, "{\"id\":%d", i);
    field(f, "state", state_names[atomic_load(&t->state)]);
    fprintf(f, ",\"object\":%d,\"joins\":%d,\"parent\":%d,\"ops\":%u",
            t->wait_object, t->wait_thread, t->parent, t->ops);
    fprintf(f, ",\"naps\":%u,\"cpu_ms\":%ld,\"start\":%ld",
            atomic_load(&t->naps), server_thread_cpu_ms(i), relative(t->start));
    fprintf(f, ",\"wait_ms\":%ld", t->wait_ms);
    if (atomic_load(&t->state) == RT_WAIT_FD) {
        fprintf(f, ",\"fd\":%d,\"call\":", t->wait_fd);
        text(f, t->wait_call, sizeof t->wait_call);
        if (t->closed_by >= 0) {
            fprintf(f, ",\"closed_by\":%d,\"closed_at\":%ld", t->closed_by,
                    call(t->closed_pc));
        }
    }
    if (t->passed.pc != 0) {
        fprintf(f, ",\"passed\":%ld,\"passed_by\":%d,\"passed_for\":%d",
                call(t->passed.pc), t->passed.by, t->passed.to);
    }
    fprintf(f, ",\"sampled\":%s,\"in_place\":%s", t->sampled ? "true" : "false",
            t->in_place ? "true" : "false");
    pcs(f, "stack", &t->wait);
    pcs(f, "created", &t->created);
    fputs(",\"held\":[", f);
    for (int h = 0; h < t->held_count; h++) {
        fprintf(f, "%s{\"object\":%d,\"at\":%ld}", h > 0 ? "," : "",
                t->held[h].object, call(t->held[h].pc));
    }
    fputs("]}", f);
}

static void object(FILE *f, int i)
{
    const struct rt_object *o = &rt->objects[i];

    fprintf(f, "{\"id\":%d", i);
    field(f, "type", type_names[o->type]);
    fprintf(f, ",\"addr\":%ld,\"symbol\":%ld,\"owner\":%d,\"users\":%d",
            (long)o->addr, relative(o->addr), o->owner, o->users);
    fprintf(f, ",\"init\":%ld,\"acquired\":%ld,\"first\":%ld,\"count\":%d",
            call(o->init_pc), call(o->acquired_pc), call(o->first_pc),
            o->count);
    fprintf(f, ",\"partner\":%d,\"signals\":%u,\"waits\":%u", o->partner,
            o->signals, o->waits_begun);
    fprintf(f, ",\"lost\":%ld,\"lost_thread\":%d,\"lost_after\":%u",
            call(o->lost_pc), o->lost_thread, o->lost_after);
    if (o->lost_pc != 0 && o->missed) {
        fputs(",\"missed\":true", f);
    }
    if (o->wasted.pc != 0) {
        fprintf(f, ",\"wasted\":%ld,\"wasted_by\":%d,\"wasted_on\":%d",
                call(o->wasted.pc), o->wasted.by, o->wasted.to);
    }
    putc('}', f);
}

static void note(FILE *f, int i)
{
    const struct rt_note *n = &rt->notes[i];

    fprintf(f, "{\"thread\":%d,\"object\":%d,\"other\":%d", n->thread,
            n->object, n->other);
    field(f, "kind", note_names[n->kind]);
    field(f, "word", n->word);
    pcs(f, "at", &n->at);
    pcs(f, "also", &n->also);
    if (n->kind == NOTE_SPURIOUS && blame_is_loop(n->at.pc[0])) {
        fputs(",\"loops\":true", f);
    }
    fputs("}", f);
}

static void report(FILE *f, int i)
{
    const struct rt_report *r = &rt->reports[i];

    fprintf(f, "{\"addr\":%ld,\"symbol\":%ld,\"start\":%ld,\"size\":%zu",
            (long)r->addr, relative(r->addr), (long)r->start, r->size);
    field(f, "what", r->what);
    field(f, "where", r->where);
    if (r->library[0] != '\0') {
        field(f, "library", r->library);
    }
    fprintf(f, ",\"owner\":%d,\"reporter\":%d", r->where_thread, r->reporter);
    pcs(f, "allocated", &r->allocated);
    fputs(",\"locks\":[", f);
    for (int l = 0; l < r->lock_count; l++) {
        fprintf(f, "%s%d", l > 0 ? "," : "", r->locks[l]);
    }
    fputs("],\"held\":[", f);
    for (int l = 0; l < r->held_count; l++) {
        fprintf(f, "%s%d", l > 0 ? "," : "", r->held_now[l]);
    }
    fputs("],\"accesses\":[", f);
    for (int a = 0; a < r->accesses; a++) {
        const struct rt_access *x = &r->access[a];
        fprintf(f,
                "%s{\"thread\":%d,\"size\":%d,\"write\":%s,\"atomic\":%s,"
                "\"frees\":%s",
                a > 0 ? "," : "", x->thread, x->size,
                x->write ? "true" : "false", x->atomic ? "true" : "false",
                x->frees ? "true" : "false");
        pcs(f, "at", &x->at);
        fputs("}", f);
    }
    fputs("]}", f);
}

static void list(FILE *f, const char *name, int count,
                 void (*each)(FILE *, int))
{
    fprintf(f, ",\"%s\":[", name);
    for (int i = 0; i < count; i++) {
        if (i > 0) {
            putc(',', f);
        }
        each(f, i);
    }
    fputs("]", f);
}

static void failure(FILE *f)
{
    if (rt->failure_count > 0) {
        fputs(",\"failure\":{\"count\":1", f);
        field(f, "file", rt->failure.file);
        fprintf(f, ",\"line\":%u,\"thread\":%d", rt->failure.line,
                rt->failure.thread);
        field(f, "message", rt->failure.message);
        fputs("}", f);
    }
}

static void crash(FILE *f)
{
    if (rt->crash_signal != 0) {
        fprintf(f,
                ",\"crash\":{\"signal\":%d,\"addr\":%ld,\"thread\":%d"
                ",\"full\":%s",
                rt->crash_signal, (long)rt->crash_addr, rt->crash_thread,
                rt->crash_full ? "true" : "false");
        pcs(f, "at", &rt->crash);
        fputs("}", f);
    }
}

static const char *const op_names[OP_KINDS] = {
    "start",       "end",     "create",    "join",   "lock",
    "try-failed",  "unlock",  "wait",      "wake",   "signal",
    "broadcast",   "take",    "post",      "arrive", "sleep",
    "block",       "once",    "once-done", "load",   "store",
    "update",      "read",    "write",     "free",   "stale",
    "weak-failed", "refused", "cancel",    "kill",   "kill-process",
    "interrupted", "call",
};
static const char *const why_names[] = {"told", "time", "spurious", "cancelled",
                                        "signal"};

/* As the server reads it again: see read_schedule in server.c. */
static void schedule(FILE *f)
{
    const struct rt_schedule *s = &rt->schedule;

    if (strategies[s->strategy]->simple) {
        fprintf(f, "%c%d-%u-%u", strategies[s->strategy]->name[0], s->victim,
                s->from, s->length);
    } else if (s->strategy != STRATEGY_REPLAY) {
        fprintf(f, "m%u-%lx-%u", s->number, s->seed, s->length);
    } else {
        putc('c', f);
        for (int i = 0; i < rt->taken_count; i++) {
            const struct rt_choice *c = &rt->taken[i];
            fprintf(f, "%s%d-%u-%d-%d", i > 0 ? "_" : "", c->thread, c->op,
                    c->number, c->chosen);
        }
    }
}

/* False: of a thread that had this record before. */
static bool is_step(unsigned i)
{
    return i >= rt->threads[rt->story[i % RT_STEPS].thread].born;
}

/* Numbers of steps in the story that a choice led to. */
static void switches(FILE *f, unsigned from)
{
    const char *sep = "";
    int number = 0;

    fputs(",\"switches\":[", f);
    for (unsigned i = from; i < rt->step_count; i++) {
        if (is_step(i)) {
            if (rt->story[i % RT_STEPS].switched) {
                fprintf(f, "%s%d", sep, number);
                sep = ",";
            }
            number++;
        }
    }
    fputs("]", f);
}

/* Schedule and story of a controlled run. */
static void controlled(FILE *f, const struct outcome *o)
{
    /* Nobody asks how it came about that nothing happened. */
    bool told = o->end != END_COMPLETED || o->differs ||
                failure_unexpected(o) || rt->note_count > 0 ||
                rt->report_count > 0 || rt->text_length > 0;
    unsigned from = rt->step_count > RT_STEPS ? rt->step_count - RT_STEPS : 0;
    const char *sep = "";

    fprintf(f, ",\"spinner\":%d,\"only_time_days\":%ld", rt->spinner,
            sched_only_time() ? (long)((rt->now - rt->alarms_from) / DAY_NS)
                              : 0);
    fprintf(f, ",\"fibers\":%s,\"steps\":%u,\"decisions\":%u,\"all\":%s",
            rt->fibers ? "true" : "false", rt->steps, rt->decisions,
            rt->taken_all ? "true" : "false");
    fputs(",\"schedule\":\"", f);
    schedule(f);
    fputs("\",\"story\":[", f);
    for (unsigned i = from; told && i < rt->step_count; i++) {
        const struct rt_step *s = &rt->story[i % RT_STEPS];
        if (!is_step(i)) {
            continue;
        }
        fprintf(f, "%s[%d,\"%s\",%d,%d,%ld,\"%s\"", sep, s->thread,
                op_names[s->op], s->object, s->other, call(s->pc),
                s->op == OP_CALL ? s->call
                : s->relaxed     ? "relaxed"
                                 : why_names[s->why]);
        if (s->valued) {
            fprintf(f, ",%ld", (long)s->value);
        } else if (s->addr != 0) {
            fputs(",null", f);
        }
        if (s->addr != 0) {
            fprintf(f, ",%ld", relative(s->addr));
        }
        putc(']', f);
        sep = ",";
    }
    fputs("]", f);
    switches(f, told ? from : rt->step_count);
}

void emit_run(FILE *f, const struct outcome *o, const struct explored *x)
{
    fprintf(f, "{\"exit\":%d,\"status\":%d,\"signal\":%d,\"cpu_ms\":%ld",
            rt->exit_status, o->exit_status, o->term_signal, o->cpu_ms);
    field(f, "end", o->word != NULL ? o->word : end_names[o->end]);
    fprintf(f, ",\"passed\":%u,\"tool_errors\":%u,\"reports_seen\":%d",
            atomic_load(&rt->passed), rt->tool_errors, rt->reports_seen);
    fprintf(f,
            ",\"held_back\":%d,\"cut_off\":%s,\"asleep\":%s,\"at_work\":%s,"
            "\"differs\":%s,\"signalled\":%s",
            o->held_back, o->cut_off ? "true" : "false",
            o->asleep ? "true" : "false", o->at_work ? "true" : "false",
            o->differs ? "true" : "false", rt->signalled ? "true" : "false");
    failure(f);
    crash(f);
    fputs(",\"cycle\":[", f);
    for (int i = 0; i < rt->cycle_count; i++) {
        fprintf(f, "%s%d", i > 0 ? "," : "", rt->cycle[i]);
    }
    fputs("]", f);
    list(f, "threads", atomic_load(&rt->thread_count), thread);
    list(f, "objects", rt->object_count, object);
    list(f, "notes", rt->note_count, note);
    list(f, "reports", rt->report_count, report);
    fputs(",\"text\":", f);
    text(f, rt->text, RT_TEXT);
    fputs(",\"output\":", f);
    text(f, o->output, o->output_length);
    fprintf(f, ",\"output_size\":%ld", o->output_size);
    if (rt->plan.noise == NOISE_CONTROL && (x == NULL || x->failed)) {
        controlled(f, o);
    }
    if (x != NULL) {
        fprintf(f,
                ",\"explored\":{\"runs\":%u,\"next\":%u,\"distinct\":%u,"
                "\"failed\":%s,\"exhausted\":%s,\"repeatable\":%s,"
                "\"steady\":%s,\"complete\":%s,\"schedules\":%u,"
                "\"bound\":%d,\"cut_off\":%u,\"older_values\":%s,"
                "\"weak_failures\":%s}",
                x->runs, x->next, x->distinct, x->failed ? "true" : "false",
                x->exhausted ? "true" : "false",
                x->repeatable ? "true" : "false", x->steady ? "true" : "false",
                x->complete ? "true" : "false", x->schedules, x->bound,
                x->cut_off,
                (x->left_out & LEFT_OLDER_VALUES) != 0 ? "false" : "true",
                (x->left_out & LEFT_WEAK_FAILURES) != 0 ? "false" : "true");
    }
    fputs("}\n", f);
}
