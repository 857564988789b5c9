/* SPDX-License-Identifier: MIT */
/* cmd_grade.c - `threadlab grade` and `threadlab replay`. */
#include "args.h"
#include "kit.h"
#include "show.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

static const char grade_help[] =
    "usage: threadlab grade [OPTION]... [EXERCISE]...\n\n"
    "Grade the exercises in a submission: all of them, or those named by id,\n"
    "number or word (25, bank, 25-bank-transfer).\n\n"
    "  -s, --submission PATH   a folder with NN-name/file.c, or one file\n"
    "                          (default: the kit's own exercises/)\n"
    "  -p, --profile NAME      quick, standard (default) or thorough\n"
    "  -e, --engines LIST      of explore, criterion, asan, tsan, helgrind\n"
    "  -j, --jobs N            jobs at a time (default: one per processor)\n"
    "      --seed N            decides delays and schedules (default 1): the\n"
    "                          same file and seed get the same verdict\n"
    "      --json FILE         write the result file too (- for stdout)\n"
    "      --require-all       fail unless every exercise passes\n"
    "  -q, --quiet             totals only\n"
    "  -v, --verbose           say at once when something is found\n"
    "  -h, --help              this text\n";

static const char replay_help[] =
    "usage: threadlab replay [-s PATH] TOKEN\n\n"
    "Run one run again and show everything there is to see about it. TOKEN is\n"
    "what a finding ends with, such as 25.explore.4.c1-41-1-2. Runs of the\n"
    "engine explore repeat step by step. In those of the others the operating\n"
    "system has a say, so a rare failure may need more than one try.\n\n"
    "  -s, --submission PATH   as for grade\n"
    "      --times N           make the run N times: how often does it fail?\n"
    "      --raw               the raw evidence as well\n"
    "      --json FILE         write the result file too (- for stdout)\n"
    "      --gdb               in the debugger, which stops where it fails\n"
    "  -h, --help              this text\n";

static int parse_option(int c, struct show *s)
{
    int rc;

    if (args_grading("grade", c, &s->grade, &rc)) {
        return rc;
    }
    switch (c) {
    case 's':
        s->submission = optarg;
        return STATUS_OK;
    case 'J':
        s->json = optarg;
        return STATUS_OK;
    case 'R':
        s->require_all = true;
        return STATUS_OK;
    case 'q':
        s->quiet = true;
        return STATUS_OK;
    case 'v':
        s->verbose = true;
        return STATUS_OK;
    case 'r':
        s->raw = true;
        return STATUS_OK;
    case 'g':
        s->gdb = true;
        return STATUS_OK;
    case 'n':
        return args_number("replay", optarg, 1, 1000000, &s->times);
    default:
        return STATUS_USAGE;
    }
}

/* Returns STATUS_OK and where the arguments start in optind; -1 if help was
 * printed. */
static int parse(int argc, char **argv, const char *help, struct show *s)
{
    static const struct option options[] = {
        {"submission", required_argument, NULL, 's'},
        {"profile", required_argument, NULL, 'p'},
        {"engines", required_argument, NULL, 'e'},
        {"jobs", required_argument, NULL, 'j'},
        {"seed", required_argument, NULL, 'S'},
        {"json", required_argument, NULL, 'J'},
        {"require-all", no_argument, NULL, 'R'},
        {"quiet", no_argument, NULL, 'q'},
        {"verbose", no_argument, NULL, 'v'},
        {"raw", no_argument, NULL, 'r'},
        {"gdb", no_argument, NULL, 'g'},
        {"times", required_argument, NULL, 'n'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0}};
    int c, rc = STATUS_OK;

    memset(s, 0, sizeof *s);
    s->grade = args_defaults();
    while (rc == STATUS_OK &&
           (c = getopt_long(argc, argv, "s:p:e:j:qvh", options, NULL)) != -1) {
        if (c == 'h') {
            fputs(help, stdout);
            return -1;
        }
        rc = parse_option(c, s);
        if (c == '?') {
            fprintf(stderr, "see threadlab %s --help\n", argv[0]);
        }
    }
    return rc;
}

int cmd_grade(int argc, char **argv)
{
    TALLOC_CTX *ctx = talloc_new(NULL);
    const struct exercise **chosen;
    struct entry *entries;
    struct show s;
    struct kit kit;
    size_t count = 0;
    int status = parse(argc, argv, grade_help, &s);

    if (status != STATUS_OK) {
        talloc_free(ctx);
        return status < 0 ? STATUS_OK : status;
    }
    kit_handle_signals();
    status = kit_open(ctx, &kit);
    if (status == STATUS_OK) {
        status = kit_choose(ctx, &kit, argv + optind, argc - optind, &chosen,
                            &count);
    }
    if (status == STATUS_OK) {
        status = kit_entries(ctx, &kit, s.submission, chosen, count, &entries,
                             &count);
    }
    if (status == STATUS_OK) {
        status = kit_ready(ctx, &kit);
    }
    if (status == STATUS_OK) {
        status = show_grading(ctx, &kit, &s, entries, count);
        kit_close(&kit);
    }
    talloc_free(ctx);
    return status;
}

/* -- replay ------------------------------------------------------------------
 */

int cmd_replay(int argc, char **argv)
{
    TALLOC_CTX *ctx = talloc_new(NULL);
    const struct exercise **chosen;
    struct entry *entries;
    struct show s;
    struct token token;
    struct kit kit;
    size_t count = 0;
    char *name;
    int status = parse(argc, argv, replay_help, &s);

    if (status != STATUS_OK) {
        talloc_free(ctx);
        return status < 0 ? STATUS_OK : status;
    }
    if (optind + 1 != argc || !token_read(argv[optind], &token)) {
        talloc_free(ctx);
        return args_bad("replay",
                        "not a token:", optind < argc ? argv[optind] : "");
    }
    name = token.exercise;
    kit_handle_signals();
    status = kit_open(ctx, &kit);
    if (status == STATUS_OK) {
        status = kit_choose(ctx, &kit, &name, 1, &chosen, &count);
    }
    if (status == STATUS_OK) {
        status =
            kit_entries(ctx, &kit, s.submission, chosen, 1, &entries, &count);
    }
    if (status == STATUS_OK) {
        status = kit_ready(ctx, &kit);
    }
    if (status == STATUS_OK) {
        status = show_replay(ctx, &kit, &s, &entries[0], &token);
        kit_close(&kit);
    }
    talloc_free(ctx);
    return status;
}
