/* SPDX-License-Identifier: MIT */
/* Values of options: what fits is taken, what does not is refused. */
#include "args.h"
#include "kit.h"

#include <criterion/criterion.h>

Test(args, numbers_within_the_range_are_taken)
{
    static const struct {
        const char *text;
        unsigned long value;
    } good[] = {{"1", 1}, {"0x10", 16}, {"256", 256}};

    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        unsigned long n = 0;
        cr_expect_eq(args_number("grade", good[i].text, 1, 256, &n), STATUS_OK);
        cr_expect_eq(n, good[i].value, "%s", good[i].text);
    }
}

Test(args, other_numbers_are_refused)
{
    static const char *const bad[] = {
        "", "0", "257", "-1", "x", "1x", "99999999999999999999999"};
    unsigned long n;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        cr_expect_eq(args_number("grade", bad[i], 1, 256, &n), STATUS_USAGE,
                     "%s", bad[i]);
    }
}

Test(args, profiles_go_by_their_names)
{
    enum profile p = PROFILE_STANDARD;

    cr_expect_eq(args_profile("grade", "thorough", &p), STATUS_OK);
    cr_expect_eq(p, PROFILE_THOROUGH);
    cr_expect_eq(args_profile("grade", "thoroug", &p), STATUS_USAGE);
    cr_expect_eq(p, PROFILE_THOROUGH, "left as it was");
}

Test(args, a_list_of_engines_replaces_the_default)
{
    struct grade_options o = args_defaults();

    cr_expect(o.engine_wanted[ENGINE_ASAN]);
    cr_expect_eq(args_engines("grade", "tsan,helgrind", o.engine_wanted),
                 STATUS_OK);
    cr_expect_not(o.engine_wanted[ENGINE_ASAN]);
    cr_expect(o.engine_wanted[ENGINE_TSAN]);
    cr_expect(o.engine_wanted[ENGINE_HELGRIND]);
    cr_expect_eq(args_engines("grade", "tsan,foo", o.engine_wanted),
                 STATUS_USAGE);
}
