/* SPDX-License-Identifier: MIT */
/* args.c - see args.h. */
#include "args.h"
#include "kit.h"

#include <errno.h>
#include <getopt.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int args_bad(const char *command, const char *what, const char *value)
{
    fprintf(stderr, "threadlab %s: %s `%s`; see threadlab %s --help\n", command,
            what, value, command);
    return STATUS_USAGE;
}

int args_number(const char *command, const char *text, unsigned long least,
                unsigned long most, unsigned long *out)
{
    char *end;

    errno = 0;
    *out = strtoul(text, &end, 0);
    if (errno != 0 || end == text || *end != '\0' || text[0] == '-' ||
        *out < least || *out > most) {
        return args_bad(command, "not a number in range:", text);
    }
    return STATUS_OK;
}

int args_profile(const char *command, const char *name, enum profile *out)
{
    for (int i = 0; i < 3; i++) {
        if (strcmp(profile_names[i], name) == 0) {
            *out = (enum profile)i;
            return STATUS_OK;
        }
    }
    return args_bad(command, "there is no profile", name);
}

int args_engines(const char *command, const char *list,
                 bool wanted[ENGINE_COUNT])
{
    char *copy = strdup(list), *save = NULL;
    int rc = STATUS_OK;

    memset(wanted, 0, ENGINE_COUNT * sizeof wanted[0]);
    for (char *w = strtok_r(copy, ",", &save); w != NULL && rc == STATUS_OK;
         w = strtok_r(NULL, ",", &save)) {
        enum engine_id id = engine_of(w);
        if (id == ENGINE_COUNT) {
            rc = args_bad(command, "there is no engine", w);
        } else {
            wanted[id] = true;
        }
    }
    free(copy);
    return rc;
}

bool args_grading(const char *command, int c, struct grade_options *o,
                  int *out_status)
{
    unsigned long n = 0;

    switch (c) {
    case 'p':
        *out_status = args_profile(command, optarg, &o->profile);
        return true;
    case 'e':
        *out_status = args_engines(command, optarg, o->engine_wanted);
        return true;
    case 'j':
        *out_status = args_number(command, optarg, 1, 256, &n);
        o->jobs = (int)n;
        return true;
    case 'S':
        *out_status = args_number(command, optarg, 0, ~0UL, &n);
        o->seed = n;
        return true;
    default:
        return false;
    }
}

struct grade_options args_defaults(void)
{
    struct grade_options o = {
        .profile = PROFILE_STANDARD, .seed = 1, .jobs = 2};
    cpu_set_t cpus;

    if (sched_getaffinity(0, sizeof cpus, &cpus) == 0) {
        o.jobs = CPU_COUNT(&cpus);
    }
    for (int i = 0; i < ENGINE_COUNT; i++) {
        o.engine_wanted[i] = true;
    }
    return o;
}
