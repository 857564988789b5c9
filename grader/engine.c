/* SPDX-License-Identifier: MIT */
/* engine.c - the table. */
#include "engine.h"

#include <string.h>

const char *const profile_names[3] = {"quick", "standard", "thorough"};

const struct engine engines[ENGINE_COUNT] = {
    [ENGINE_EXPLORE] = {"explore",
                        FLAVOUR_EXPLORE,
                        false,
                        true,
                        {100, 300, 3000},
                        {40, 120, 3000},
                        8,
                        4000,
                        512},
    [ENGINE_ASAN] =
        {"asan", FLAVOUR_ASAN, false, true, {8, 24, 100}, {0}, 2, 4000, 512},
    [ENGINE_CRITERION] =
        {"criterion", FLAVOUR_PLAIN, false, false, {1, 1, 1}, {0}, 1, 0, 0},
    [ENGINE_TSAN] =
        {"tsan", FLAVOUR_TSAN, false, true, {8, 24, 120}, {0}, 4, 8000, 768},
    [ENGINE_HELGRIND] = {"helgrind",
                         FLAVOUR_HELGRIND,
                         true,
                         false,
                         {1, 3, 20},
                         {0},
                         1,
                         30000,
                         1024},
};

enum engine_id engine_of(const char *name)
{
    enum engine_id id = ENGINE_EXPLORE;

    while (id < ENGINE_COUNT && strcmp(engines[id].name, name) != 0) {
        id++;
    }
    return id;
}

enum policy engine_policy(const struct exercise *e, enum engine_id id)
{
    const enum policy policies[ENGINE_COUNT] = {
        [ENGINE_EXPLORE] = e->engines.explore,
        [ENGINE_ASAN] = e->engines.asan,
        [ENGINE_CRITERION] = e->engines.criterion,
        [ENGINE_TSAN] = e->engines.tsan,
        [ENGINE_HELGRIND] = e->engines.helgrind,
    };

    return policies[id];
}

/* Much of a short run under Valgrind goes into starting it and translating
 * code: what it does of either for our flavour, compiled without inlining, to
 * no end is switched off by the last two. */
char **engine_argv(TALLOC_CTX *ctx, enum engine_id id, const char *binary,
                   char *const *args)
{
    static const char *const valgrind[] = {"valgrind",
                                           "-q",
                                           "--tool=helgrind",
                                           "--track-lockorders=no",
                                           "--history-level=full",
                                           "--xml=yes",
                                           "--xml-fd=4",
                                           "--child-silent-after-fork=no",
                                           "--error-limit=no",
                                           "--num-callers=24",
                                           "--vgdb=no",
                                           "--read-inline-info=no",
                                           "--vex-guest-chase=no",
                                           NULL};
    char **argv;
    size_t n = 0, count = 0;

    while (args != NULL && args[count] != NULL) {
        count++;
    }
    argv = talloc_zero_array(
        ctx, char *,
        (unsigned)(sizeof(valgrind) / sizeof(valgrind[0]) + count + 1));

    for (; engines[id].valgrind && valgrind[n] != NULL; n++) {
        argv[n] = talloc_strdup(argv, valgrind[n]);
    }
    argv[n++] = talloc_strdup(argv, binary);
    for (size_t i = 0; i < count; i++) {
        argv[n++] = talloc_strdup(argv, args[i]);
    }
    return argv;
}
