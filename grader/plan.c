/* SPDX-License-Identifier: MIT */
/* plan.c - see plan.h. */
#include "plan.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* splitmix64 (Steele, Lea, Flood 2014). */
static uint64_t mix(uint64_t x)
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

struct plan plan_of(int run, uint64_t seed, bool control)
{
    seed = mix(seed);
    if (control && run % 4 != 3) {
        return (struct plan){.noise = PLAN_CONTROL,
                             .number = (unsigned)(run - (run + 1) / 4),
                             .seed = seed & 0xffffff};
    }
    if (run == (control ? 3 : 0)) {
        return (struct plan){.noise = PLAN_QUIET};
    }
    return (struct plan){.noise = PLAN_YIELD,
                         .seed = mix(seed + (uint64_t)run) & 0xffffff};
}

/* q, y and the seed, n and number and seed, or the runtime's own text. */
static char *plan_write(TALLOC_CTX *ctx, const struct plan *p)
{
    switch (p->noise) {
    case PLAN_QUIET:
        return talloc_strdup(ctx, "q");
    case PLAN_YIELD:
        return talloc_asprintf(ctx, "y%" PRIx64, p->seed);
    case PLAN_CONTROL:
        return talloc_asprintf(ctx, "n%u-%" PRIx64, p->number, p->seed);
    default:
        return talloc_strdup(ctx, p->schedule);
    }
}

/* What the runtime writes: a letter, then numbers. */
static bool is_schedule(const char *text)
{
    return strchr("csm", text[0]) != NULL && text[0] != '\0' &&
           strspn(text + 1, "0123456789abcdef-_") == strlen(text + 1);
}

static bool plan_read(const char *text, struct plan *p)
{
    int n = 0;

    if (strcmp(text, "q") == 0) {
        p->noise = PLAN_QUIET;
        return true;
    }
    if (sscanf(text, "y%" SCNx64 "%n", &p->seed, &n) == 1 && text[n] == '\0') {
        p->noise = PLAN_YIELD;
        return true;
    }
    if (sscanf(text, "n%u-%" SCNx64 "%n", &p->number, &p->seed, &n) == 2 &&
        text[n] == '\0') {
        p->noise = PLAN_CONTROL;
        return true;
    }
    p->noise = PLAN_SCHEDULE;
    p->schedule = text;
    return is_schedule(text);
}

char *token_write(TALLOC_CTX *ctx, const struct token *t)
{
    char *plan = plan_write(ctx, &t->plan);
    char *text =
        talloc_asprintf(ctx, "%.*s.%s.%d.%s", (int)strcspn(t->exercise, "-"),
                        t->exercise, t->engine, t->test, plan);

    talloc_free(plan);
    return text;
}

bool token_read(const char *text, struct token *out)
{
    int n = 0;

    memset(out, 0, sizeof *out);
    return sscanf(text, "%63[^.].%15[^.].%d.%n", out->exercise, out->engine,
                  &out->test, &n) == 3 &&
           n > 0 && plan_read(text + n, &out->plan);
}
