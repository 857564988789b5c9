/* SPDX-License-Identifier: MIT */
/* main.c - the program `threadlab`: finds the command and runs it. The only
 * file that decides the exit status. */
#include "kit.h"

#include <locale.h>
#include <stdio.h>
#include <string.h>

static const struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *summary;
} commands[] = {
    {"grade", cmd_grade, "grade a submission and explain what is wrong"},
    {"check", cmd_check, "the same for any program with a main of its own"},
    {"list", cmd_list, "the exercises, their points and how far you are"},
    {"hint", cmd_hint, "one hint for an exercise, the next one each time"},
    {"replay", cmd_replay, "run one failing run again and show all of it"},
    {"doctor", cmd_doctor, "whether this machine can grade, and if not, why"},
    {"lint", cmd_lint, "the kit's own check of exercises and solutions"},
    {"new", cmd_new, "start a new exercise from a working skeleton"},
};

static void usage(FILE *out)
{
    fputs("usage: threadlab COMMAND [OPTION]... [ARGUMENT]...\n\n"
          "A course in threads that cannot be passed by luck.\n\n",
          out);
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        fprintf(out, "  %-8s %s\n", commands[i].name, commands[i].summary);
    }
    fputs("\n`threadlab COMMAND --help` says more about one of them.\n"
          "Exit status: 0 fine, 1 some exercise fails, 2 usage, 3 this "
          "machine cannot\ngrade (see doctor), 4 a fault of the kit.\n",
          out);
}

int main(int argc, char **argv)
{
    setlocale(LC_ALL, "");
    setlocale(LC_NUMERIC, "C");
    if (argc < 2) {
        usage(stderr);
        return STATUS_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        usage(stdout);
        return STATUS_OK;
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("threadlab " KIT_VERSION);
        return STATUS_OK;
    }
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(argv[1], commands[i].name) == 0) {
            return commands[i].run(argc - 1, argv + 1);
        }
    }
    fprintf(stderr, "threadlab: there is no command `%s`\n\n", argv[1]);
    usage(stderr);
    return STATUS_USAGE;
}
