/* SPDX-License-Identifier: MIT */
/* cmd_check.c - `threadlab check`: any pthread program with its own main(). */
#include "args.h"
#include "file.h"
#include "kit.h"
#include "show.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char help[] =
    "usage: threadlab check [OPTION]... FILE.c... [-- ARGUMENT...]\n\n"
    "Run a program of your own again and again, under every engine of the\n"
    "grader, and explain what goes wrong. The files are compiled together as\n"
    "cc would; the arguments are given to the program. It runs with your\n"
    "rights, in this folder, hundreds of times.\n\n"
    "A failed assert(), a fatal signal, a data race, a deadlock, a hang or\n"
    "misuse of a thread function is an error. Leaked memory, a thread that\n"
    "nobody joins though nothing is lost, locks in both orders that never\n"
    "meet, and an exit status other than 0 are reported as advice.\n\n"
    "      --cflags WORDS      more options for the compiler, as \"-I lib "
    "-DX\"\n"
    "      --ldflags WORDS     more for the linker, as \"-lz\" (-lm is there)\n"
    "      --stdin FILE        its standard input, the same in every run; -\n"
    "                          reads it from here (default: < FILE, or none)\n"
    "      --expect-exit N     any other exit status is an error\n"
    "      --seconds N         look for about that long, harder than usual\n"
    "      --strict            advice counts as an error\n"
    "  -p, --profile NAME      quick, standard (default) or thorough\n"
    "  -e, --engines LIST      of explore, asan, tsan, helgrind\n"
    "  -j, --jobs N            jobs at a time (default: one per processor)\n"
    "      --seed N            decides schedules and delays (default 1)\n"
    "      --json FILE         write the result file too (- for stdout)\n"
    "      --replay TOKEN      repeat the run that a finding ends with\n"
    "      --times N           with --replay: make the run N times\n"
    "      --raw               with --replay: the raw evidence as well\n"
    "      --gdb               with --replay: in the debugger\n"
    "  -q, --quiet             say nothing but the totals\n"
    "  -v, --verbose           say at once when something is found\n"
    "  -h, --help              this text\n\n"
    "Exit status: 0 nothing found, 1 an error found, 2 usage, 3 this machine\n"
    "cannot do it (see doctor), 4 a fault of the kit.\n";

enum { SECONDS = 60 }; /* of looking, unless told otherwise */

struct check {
    struct show show;
    struct program program;
    const char *replay, *cflags, *ldflags, *input;
    bool timed, profiled;
    struct token token;
};

/* Options with a value that can be wrong. */
static int parse_value(int c, struct check *k)
{
    unsigned long n = 0;
    int rc;

    switch (c) {
    case 'X':
        k->program.expected = optarg;
        return args_number("check", optarg, 0, 255, &n);
    case 'n':
        return args_number("check", optarg, 1, 1000000, &k->show.times);
    case 'T':
        k->timed = true;
        rc = args_number("check", optarg, 1, 1000000, &n);
        k->show.grade.seconds = (double)n;
        return rc;
    default:
        k->profiled = k->profiled || c == 'p';
        return args_grading("check", c, &k->show.grade, &rc) ? rc
                                                             : STATUS_USAGE;
    }
}

static int parse_option(int c, struct check *k)
{
    const struct {
        int c;
        const char **value;
        bool *flag;
    } plain[] = {
        {'C', &k->cflags, NULL},     {'L', &k->ldflags, NULL},
        {'I', &k->input, NULL},      {'J', &k->show.json, NULL},
        {'R', &k->replay, NULL},     {'s', NULL, &k->program.strict},
        {'r', NULL, &k->show.raw},   {'g', NULL, &k->show.gdb},
        {'q', NULL, &k->show.quiet}, {'v', NULL, &k->show.verbose},
    };

    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) {
        if (plain[i].c == c && plain[i].flag != NULL) {
            *plain[i].flag = true;
            return STATUS_OK;
        }
        if (plain[i].c == c) {
            *plain[i].value = optarg;
            return STATUS_OK;
        }
    }
    return parse_value(c, k);
}

static int parse(int argc, char **argv, struct check *k)
{
    static const struct option options[] = {
        {"cflags", required_argument, NULL, 'C'},
        {"ldflags", required_argument, NULL, 'L'},
        {"stdin", required_argument, NULL, 'I'},
        {"expect-exit", required_argument, NULL, 'X'},
        {"seconds", required_argument, NULL, 'T'},
        {"strict", no_argument, NULL, 's'},
        {"profile", required_argument, NULL, 'p'},
        {"engines", required_argument, NULL, 'e'},
        {"jobs", required_argument, NULL, 'j'},
        {"seed", required_argument, NULL, 'S'},
        {"json", required_argument, NULL, 'J'},
        {"replay", required_argument, NULL, 'R'},
        {"raw", no_argument, NULL, 'r'},
        {"gdb", no_argument, NULL, 'g'},
        {"times", required_argument, NULL, 'n'},
        {"quiet", no_argument, NULL, 'q'},
        {"verbose", no_argument, NULL, 'v'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0}};
    int c, rc = STATUS_OK;

    while (rc == STATUS_OK &&
           (c = getopt_long(argc, argv, "p:e:j:qvh", options, NULL)) != -1) {
        if (c == 'h') {
            fputs(help, stdout);
            return -1;
        }
        rc = parse_option(c, k);
        if (c == '?') {
            fprintf(stderr, "see threadlab check --help\n");
        }
    }
    return rc;
}

/* Splits at blanks. */
static char **split(TALLOC_CTX *ctx, const char *words)
{
    char **list = talloc_zero_array(ctx, char *, 1);
    char *copy = talloc_strdup(ctx, words != NULL ? words : ""), *save = NULL;
    size_t n = 0;

    for (char *w = strtok_r(copy, " \t\n", &save); w != NULL;
         w = strtok_r(NULL, " \t\n", &save)) {
        list = talloc_realloc(ctx, list, char *, (unsigned)n + 2);
        list[n++] = w;
        list[n] = NULL;
    }
    return list;
}

/* What follows `--` is for the program. getopt moves that to the end, behind
 * the files, and takes the `--` itself away: so it is looked for before. */
static int cut_arguments(int argc, char **argv, char ***out_args)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--") == 0) {
            *out_args = argv + i + 1;
            argv[i] = NULL;
            return i;
        }
    }
    *out_args = argv + argc;
    return argc;
}

/* The stock runner runs tests, and here are none. */
static int check_engines(bool *wanted)
{
    bool any = false;

    wanted[ENGINE_CRITERION] = false;
    for (int id = 0; id < ENGINE_COUNT; id++) {
        any = any || wanted[id];
    }
    return any ? STATUS_OK
               : args_bad("check", "no engine that can run a program in",
                          "--engines");
}

static int check_sources(char *const *sources)
{
    if (sources[0] == NULL) {
        fputs("threadlab check: which program? Name its C files; see threadlab "
              "check --help\n",
              stderr);
        return STATUS_USAGE;
    }
    for (; *sources != NULL; sources++) {
        if (!file_exists(*sources) || file_is_dir(*sources)) {
            fprintf(stderr, "threadlab check: there is no file %s%s\n",
                    *sources,
                    file_is_dir(*sources) ? ": it is a folder; name the files"
                                          : "");
            return STATUS_USAGE;
        }
    }
    return STATUS_OK;
}

/* -- standard input ---------------------------------------------------------
 */

/* Every run needs it from the start, so it is kept in a file. */
static const char *copy_input(TALLOC_CTX *ctx, const struct kit *kit)
{
    char *path = talloc_asprintf(ctx, "%s/input", kit->scratch);
    FILE *f = fopen(path, "w");
    char buf[65536];
    ssize_t n;

    if (isatty(STDIN_FILENO)) {
        fputs("Reading the program's input; end it with Ctrl-D.\n", stderr);
    }
    while (f != NULL && (n = read(STDIN_FILENO, buf, sizeof buf)) > 0) {
        fwrite(buf, 1, (size_t)n, f);
    }
    if (f == NULL || fclose(f) != 0) {
        return NULL;
    }
    return path;
}

/* `< FILE` is as good as --stdin FILE; so it is when the command is said again.
 * A pipe is not read unless asked for: nobody knows whether it ever ends. */
static void note_redirection(TALLOC_CTX *ctx, struct check *k)
{
    struct stat st;
    char path[PATH_MAX];
    ssize_t n = readlink("/proc/self/fd/0", path, sizeof path - 1);

    if (k->input != NULL || fstat(STDIN_FILENO, &st) != 0 ||
        !S_ISREG(st.st_mode)) {
        return;
    }
    path[n > 0 ? n : 0] = '\0';
    k->input = lseek(STDIN_FILENO, 0, SEEK_CUR) == 0 && access(path, R_OK) == 0
                   ? talloc_strdup(ctx, path)
                   : "-"; /* the rest of it, or its name is gone */
}

static int find_input(TALLOC_CTX *ctx, const struct kit *kit, struct check *k)
{
    k->program.input = k->input != NULL && strcmp(k->input, "-") == 0
                           ? copy_input(ctx, kit)
                           : k->input;
    if (k->program.input != NULL && file_is_dir(k->program.input)) {
        fprintf(stderr, "threadlab check: %s is a folder\n", k->input);
        return STATUS_USAGE;
    }
    if (k->input != NULL &&
        (k->program.input == NULL || access(k->program.input, R_OK) != 0)) {
        fprintf(stderr, "threadlab check: cannot read %s: %s\n", k->input,
                strerror(errno));
        return STATUS_USAGE;
    }
    return STATUS_OK;
}

/* -- the command ------------------------------------------------------------
 */

static const char *quoted(TALLOC_CTX *ctx, const char *word)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
        "_-./=,:+@%";
    char *text;

    if (word[0] != '\0' && word[strspn(word, plain)] == '\0') {
        return word;
    }
    text = talloc_strdup(ctx, "'");
    for (; *word != '\0'; word++) {
        text = *word == '\'' ? talloc_strdup_append(text, "'\\''")
                             : talloc_strndup_append(text, word, 1);
    }
    return talloc_strdup_append(text, "'");
}

/* The command that was given, to give it again with more options. */
static void say_command(TALLOC_CTX *ctx, struct check *k)
{
    struct program *p = &k->program;
    char *command = talloc_strdup(ctx, "check");
    char *after = talloc_strdup(ctx, "");
    const struct {
        const char *option, *value;
    } options[] = {{"--cflags", k->cflags},
                   {"--ldflags", k->ldflags},
                   {"--stdin", k->input},
                   {"--expect-exit", p->expected}};

    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        if (options[i].value != NULL && *options[i].value != '\0') {
            command =
                talloc_asprintf_append(command, " %s %s", options[i].option,
                                       quoted(ctx, options[i].value));
        }
    }
    for (size_t i = 0; p->sources[i] != NULL; i++) {
        command =
            talloc_asprintf_append(command, " %s", quoted(ctx, p->sources[i]));
    }
    p->command = command;
    for (size_t i = 0; p->args[i] != NULL; i++) {
        after = talloc_asprintf_append(after, "%s%s", i == 0 ? "-- " : " ",
                                       quoted(ctx, p->args[i]));
    }
    p->words_after = after;
}

static int run(TALLOC_CTX *ctx, struct check *k)
{
    struct entry entry = {&k->program.exercise, k->program.sources[0],
                          &k->program};
    struct kit kit;
    int status = kit_open(ctx, &kit);

    if (status == STATUS_OK) {
        status = kit_ready(ctx, &kit);
    }
    if (status != STATUS_OK) {
        return status;
    }
    status = find_input(ctx, &kit, k);
    if (status == STATUS_OK) {
        status = k->replay != NULL
                     ? show_replay(ctx, &kit, &k->show, &entry, &k->token)
                     : show_grading(ctx, &kit, &k->show, &entry, 1);
    }
    kit_close(&kit);
    return status;
}

int cmd_check(int argc, char **argv)
{
    TALLOC_CTX *ctx = talloc_new(NULL);
    struct check k = {.show.grade = args_defaults()};
    char **args;
    int status;

    argc = cut_arguments(argc, argv, &args);
    k.program.args = args;
    status = parse(argc, argv, &k);
    if (status == STATUS_OK && k.replay != NULL &&
        !token_read(k.replay, &k.token)) {
        status = args_bad("check", "not a token:", k.replay);
    }
    k.program.sources = argv + optind;
    if (status == STATUS_OK) {
        status = check_engines(k.show.grade.engine_wanted);
    }
    if (status == STATUS_OK) {
        status = check_sources(k.program.sources);
    }
    if (status == STATUS_OK) {
        k.program.cflags = split(ctx, k.cflags);
        k.program.ldflags = split(ctx, k.ldflags);
        if (!k.timed) {
            k.show.grade.seconds = SECONDS;
        } else if (!k.profiled) {
            k.show.grade.profile = PROFILE_THOROUGH;
        }
        program_init(ctx, &k.program);
        note_redirection(ctx, &k);
        say_command(ctx, &k);
        kit_handle_signals();
        status = run(ctx, &k);
    }
    talloc_free(ctx);
    return status < 0 ? STATUS_OK : status;
}
