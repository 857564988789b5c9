/* SPDX-License-Identifier: MIT */
/* plan.c - a fixed pattern of disturbances, filled in from the quiet run.
 *
 * Of every eight runs after the quiet one, five hold one thread at one call,
 * two deliver a spurious wake-up, one sprinkles short delays. Holds go first
 * to each thread's first call from each place in the source, because that
 * is where a schedule differs most; then to later calls from there. */
#include "plan.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct planner {
    uint64_t seed;
    struct plan *holds;
    unsigned hold_count;
    struct plan *wakes;
    unsigned wake_count;
    unsigned next_hold, next_wake;
};

/* splitmix64 (Steele, Lea, Flood 2014). */
static uint64_t mix(uint64_t x)
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

struct planner *plan_begin(TALLOC_CTX *ctx, uint64_t seed)
{
    struct planner *p = talloc_zero(ctx, struct planner);

    p->seed = mix(seed);
    return p;
}

static void add(struct planner *p, struct plan **list, unsigned *count,
                struct plan plan)
{
    *list = talloc_realloc(p, *list, struct plan, *count + 1);
    (*list)[(*count)++] = plan;
}

static void shuffle(struct planner *p, struct plan *list, unsigned from,
                    unsigned to)
{
    struct plan *part = list + from;

    for (unsigned n = to - from; n > 1; n--) {
        unsigned k = (unsigned)(mix(p->seed + from + n) % n);
        struct plan swap = part[n - 1];
        part[n - 1] = part[k];
        part[k] = swap;
    }
}

/* Round 0: the first call from each place; 1: one a little later; 2: one
 * anywhere. */
static void learn_sites(struct planner *p, int thread, const json_t *sites,
                        int round)
{
    for (size_t i = 0; i < json_array_size(sites); i++) {
        const json_t *s = json_array_get(sites, i);
        unsigned first = (unsigned)json_integer_value(json_array_get(s, 1));
        unsigned count = (unsigned)json_integer_value(json_array_get(s, 2));
        unsigned step = (unsigned)json_array_size(sites);
        uint64_t r = mix(p->seed ^ ((uint64_t)thread << 32) ^ first);
        struct plan plan = {PLAN_HOLD, thread, first, p->seed};
        if (round > 0 && count < 2) {
            continue;
        }
        plan.op += round == 1   ? step
                   : round == 2 ? (unsigned)(r % count) * step
                                : 0;
        add(p, &p->holds, &p->hold_count, plan);
    }
}

void plan_learn(struct planner *p, const json_t *quiet_run)
{
    const json_t *threads = json_object_get(quiet_run, "threads");
    int n = (int)json_array_size(threads);
    int most = n < 8 ? n : 8; /* more threads of a kind teach nothing new */

    for (int round = 0; round < 3; round++) {
        unsigned from = p->hold_count;
        for (int t = 0; t < most; t++) {
            learn_sites(
                p, t,
                json_object_get(json_array_get(threads, (size_t)t), "sites"),
                round);
        }
        shuffle(p, p->holds, from, p->hold_count);
    }
    for (unsigned op = 1; op <= 4; op++) { /* the first two waits, two ways */
        for (int t = 0; t < most; t++) {
            add(p, &p->wakes, &p->wake_count,
                (struct plan){PLAN_SPURIOUS, t, op, p->seed});
        }
    }
}

struct plan plan_next(struct planner *p, int run)
{
    static const enum noise pattern[8] = {
        PLAN_YIELD, PLAN_HOLD, PLAN_SPURIOUS, PLAN_HOLD,
        PLAN_HOLD,  PLAN_HOLD, PLAN_SPURIOUS, PLAN_HOLD};
    enum noise noise = run == 0 ? PLAN_QUIET : pattern[(run - 1) % 8];
    struct plan plan = {noise, 0, 0, mix(p->seed + (uint64_t)run) & 0xffffff};

    if (noise == PLAN_HOLD && p->hold_count > 0) {
        uint64_t seed = plan.seed;
        plan = p->holds[p->next_hold++ % p->hold_count];
        plan.seed = seed;
    } else if (noise == PLAN_SPURIOUS && p->wake_count > 0) {
        uint64_t seed = plan.seed;
        plan = p->wakes[p->next_wake++ % p->wake_count];
        plan.seed = seed;
    } else if (noise != PLAN_QUIET) {
        plan.noise = PLAN_YIELD;
    }
    return plan;
}

char *token_write(TALLOC_CTX *ctx, const struct token *t)
{
    static const char letters[] = "qyhs";
    char *s = talloc_asprintf(ctx, "%.*s.%s.%d.%c",
                              (int)strcspn(t->exercise, "-"), t->exercise,
                              t->engine, t->test, letters[t->plan.noise]);

    if (t->plan.noise == PLAN_HOLD || t->plan.noise == PLAN_SPURIOUS) {
        s = talloc_asprintf_append(s, "%d-%u", t->plan.thread, t->plan.op);
    }
    return talloc_asprintf_append(s, ".%" PRIx64, t->plan.seed);
}

bool token_read(const char *text, struct token *out)
{
    static const char letters[] = "qyhs";
    char letter;
    const char *where;
    int n = 0;

    memset(out, 0, sizeof *out);
    if (sscanf(text, "%63[^.].%15[^.].%d.%c%n", out->exercise, out->engine,
               &out->test, &letter, &n) != 4 ||
        (where = strchr(letters, letter)) == NULL) {
        return false;
    }
    out->plan.noise = (enum noise)(where - letters);
    text += n;
    n = 0;
    if (out->plan.noise == PLAN_HOLD || out->plan.noise == PLAN_SPURIOUS) {
        if (sscanf(text, "%d-%u%n", &out->plan.thread, &out->plan.op, &n) !=
            2) {
            return false;
        }
        text += n;
        n = 0;
    }
    return sscanf(text, ".%" SCNx64 "%n", &out->plan.seed, &n) == 1 &&
           text[n] == '\0';
}
