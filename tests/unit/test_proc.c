/* SPDX-License-Identifier: MIT */
/* test_proc.c - programs run to the end and in conversation: small shell
 * scripts. Whatever was started must be gone afterwards. */
#include "cases.h"
#include "file.h"
#include "proc.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LONG_MS = 30 * 60 * 1000 };

/* Our environment would make Criterion boxes of programs; sh needs none. */
static char *const plain_env[] = {"PATH=/usr/bin:/bin", NULL};

static int sh(TALLOC_CTX *ctx, const char *script, long timeout_ms,
              struct proc_result *out)
{
    char *argv[] = {"sh", "-c", (char *)script, NULL};
    struct proc_spec spec = {
        .argv = argv, .env = plain_env, .fd3 = -1, .fd4 = -1};

    return proc_run(ctx, &spec, timeout_ms, out);
}

static struct proc *sh_open(TALLOC_CTX *ctx, const char *script)
{
    char *argv[] = {"sh", "-c", (char *)script, NULL};
    struct proc_spec spec = {
        .argv = argv, .env = plain_env, .fd3 = -1, .fd4 = -1};

    return proc_open(ctx, &spec);
}

/* Waits until the process of that number is gone (or a zombie). */
static bool goes_away(pid_t pid)
{
    struct timespec tick = {0, 5000000};
    char path[64], line[256];

    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    for (int i = 0; i < 2000; i++) {
        FILE *f = fopen(path, "r");
        if (f == NULL) {
            return true;
        }
        if (fgets(line, sizeof line, f) != NULL &&
            strstr(line, ") Z ") != NULL) {
            fclose(f);
            return true;
        }
        fclose(f);
        nanosleep(&tick, NULL);
    }
    return false;
}

static pid_t number_in(TALLOC_CTX *ctx, const char *path)
{
    char *text = NULL;

    cr_assert_eq(file_read(ctx, path, &text, NULL), 0);
    cr_assert_gt(atoi(text), 1);
    return atoi(text);
}

Test(proc, output_and_exit_status_come_back)
{
    TALLOC_CTX *ctx = talloc_new(NULL);
    struct proc_result r;

    cr_assert_eq(sh(ctx, "echo out; echo err >&2; exit 7", LONG_MS, &r), 0);
    cr_expect_eq(r.status, 7);
    cr_expect_eq(r.signal, 0);
    cr_expect_not(r.timed_out);
    cr_expect_not_null(strstr(r.output, "out\n"));
    cr_expect_not_null(strstr(r.output, "err\n"));
    cr_expect_eq(r.length, 8);
    cr_assert_eq(sh(ctx, "true", LONG_MS, &r), 0);
    cr_expect_eq(r.status, 0);
    cr_expect_str_eq(r.output, "");
    talloc_free(ctx);
}

Test(proc, a_fatal_signal_is_told_from_an_exit)
{
    TALLOC_CTX *ctx = talloc_new(NULL);
    struct proc_result r;

    cr_assert_eq(sh(ctx, "kill -TERM $$", LONG_MS, &r), 0);
    cr_expect_eq(r.status, -1);
    cr_expect_eq(r.signal, SIGTERM);
    cr_expect_not(r.timed_out);
    talloc_free(ctx);
}

Test(proc, a_flood_of_output_is_cut_not_blocked)
{
    TALLOC_CTX *ctx = talloc_new(NULL);
    struct proc_result r;

    cr_assert_eq(
        sh(ctx, "head -c 3000000 /dev/zero | tr '\\0' x; exit 3", LONG_MS, &r),
        0);
    cr_expect_eq(r.status, 3, "it ran to its end");
    cr_expect_eq(r.length, 1 << 20);
    cr_expect_eq(strlen(r.output), 1 << 20);
    talloc_free(ctx);
}

Test(proc, a_program_that_is_missing_cannot_start)
{
    char *argv[] = {"/nowhere/program", NULL};
    struct proc_spec spec = {.argv = argv, .fd3 = -1, .fd4 = -1};
    struct proc_result r;

    cr_expect_eq(proc_run(NULL, &spec, LONG_MS, &r), ENOENT);
    cr_expect_null(proc_open(NULL, &spec));
    cr_expect_eq(errno, ENOENT);
}

Test(proc, input_is_empty_and_the_folder_as_asked)
{
    TALLOC_CTX *ctx = talloc_new(NULL);
    char *argv[] = {"sh", "-c", "cat; pwd; echo $MARK", NULL};
    char *env[] = {"PATH=/usr/bin:/bin", "MARK=yes", NULL};
    struct proc_spec spec = {
        .argv = argv, .env = env, .cwd = "/usr", .fd3 = -1, .fd4 = -1};
    struct proc_result r;

    cr_assert_eq(proc_run(ctx, &spec, LONG_MS, &r), 0);
    cr_expect_str_eq(r.output, "/usr\nyes\n");
    talloc_free(ctx);
}

Test(proc, descriptors_3_and_4_are_passed_on_and_no_others)
{
    TALLOC_CTX *ctx = talloc_new(NULL);
    char *argv[] = {"sh", "-c", "cat <&3; echo told >&4; ls /proc/self/fd",
                    NULL};
    struct proc_spec spec = {
        .argv = argv, .env = plain_env, .fd3 = -1, .fd4 = -1};
    struct proc_result r;
    char back[16] = "";
    int in[2], out[2];

    cr_assert_eq(pipe2(in, O_CLOEXEC), 0);
    cr_assert_eq(pipe2(out, O_CLOEXEC), 0);
    cr_assert_eq(write(in[1], "asked\n", 6), 6);
    close(in[1]);
    spec.fd3 = in[0];
    spec.fd4 = out[1];
    cr_assert_eq(proc_run(ctx, &spec, LONG_MS, &r), 0);
    cr_expect_not_null(strstr(r.output, "asked\n"));
    cr_assert_eq(read(out[0], back, sizeof back - 1), 5);
    cr_expect_str_eq(back, "told\n");
    /* ls has a sixth of its own, for the folder. */
    cr_expect_null(strstr(r.output, "\n6\n"), "%s", r.output);
    close(in[0]);
    close(out[0]);
    close(out[1]);
    talloc_free(ctx);
}

Test(proc, a_timeout_kills_the_whole_group)
{
    TALLOC_CTX *ctx = talloc_new(NULL);
    char *dir = cases_folder(ctx);
    char *pid = talloc_asprintf(ctx, "%s/pid", dir);
    struct proc_result r;

    cr_assert_eq(sh(ctx,
                    talloc_asprintf(ctx,
                                    "sleep 1000 & echo $! >%s; echo begun; "
                                    "wait",
                                    pid),
                    3000, &r),
                 0);
    cr_expect(r.timed_out);
    cr_expect_eq(r.status, -1);
    cr_expect_str_eq(r.output, "begun\n");
    cr_expect(goes_away(number_in(ctx, pid)), "the sleep lives on");
    talloc_free(ctx);
}

Test(proc, what_outlives_its_leader_is_killed_too)
{
    TALLOC_CTX *ctx = talloc_new(NULL);
    char *dir = cases_folder(ctx);
    char *pid = talloc_asprintf(ctx, "%s/pid", dir);
    struct proc_result r;

    cr_assert_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
    cr_assert_eq(sh(ctx,
                    talloc_asprintf(ctx,
                                    "sleep 1000 >/dev/null 2>&1 & "
                                    "echo $! >%s",
                                    pid),
                    LONG_MS, &r),
                 0);
    cr_expect_eq(r.status, 0);
    cr_expect(goes_away(number_in(ctx, pid)), "the sleep lives on");
    talloc_free(ctx);
}

/* -- conversations ------------------------------------------------------------
 */

static const char echo_script[] =
    "while read -r line; do echo \"got $line\"; done";

Test(proc, lines_are_answered_one_by_one)
{
    TALLOC_CTX *ctx = talloc_new(NULL);
    struct proc *p = sh_open(ctx, echo_script);
    char *answer = NULL;

    cr_assert_not_null(p);
    for (int i = 0; i < 20; i++) {
        char *line = talloc_asprintf(ctx, "number %d\n", i);
        cr_assert_eq(proc_ask(p, ctx, line, LONG_MS, &answer), 0);
        cr_expect_str_eq(answer, talloc_asprintf(ctx, "got number %d", i));
    }
    proc_close(p);
    talloc_free(ctx);
}

Test(proc, a_long_line_arrives_whole)
{
    TALLOC_CTX *ctx = talloc_new(NULL);
    struct proc *p = sh_open(ctx, "read -r l; head -c 3000000 /dev/zero | "
                                  "tr '\\0' x; echo; read -r l");
    char *answer = NULL;

    cr_assert_eq(proc_ask(p, ctx, "go\n", LONG_MS, &answer), 0);
    cr_expect_eq(strlen(answer), 3000000);
    proc_close(p);
    talloc_free(ctx);
}

Test(proc, a_program_that_ended_answers_with_epipe)
{
    TALLOC_CTX *ctx = talloc_new(NULL);
    struct proc *p = sh_open(ctx, "read -r l; echo last words >&2; exit 1");
    char *answer = NULL;

    cr_assert_not_null(p);
    cr_expect_eq(proc_ask(p, ctx, "hello\n", LONG_MS, &answer), EPIPE);
    cr_expect_null(answer);
    cr_expect_str_eq(proc_errors(p), "last words\n");
    cr_expect_eq(proc_ask(p, ctx, "hello?\n", LONG_MS, &answer), EPIPE);
    proc_close(p);
    talloc_free(ctx);
}

Test(proc, an_answer_just_before_the_end_is_not_lost)
{
    TALLOC_CTX *ctx = talloc_new(NULL);
    struct proc *p = sh_open(ctx, "read -r l; echo bye");
    char *answer = NULL;

    cr_assert_eq(proc_ask(p, ctx, "hello\n", LONG_MS, &answer), 0);
    cr_expect_str_eq(answer, "bye");
    proc_close(p);
    talloc_free(ctx);
}

Test(proc, no_answer_is_a_timeout)
{
    TALLOC_CTX *ctx = talloc_new(NULL);
    struct proc *p = sh_open(ctx, "read -r l; echo half >&2; printf half; "
                                  "read -r l");
    char *answer = NULL;

    cr_assert_not_null(p);
    cr_expect_eq(proc_ask(p, ctx, "hello\n", 300, &answer), ETIME);
    proc_close(p);
    talloc_free(ctx);
}

Test(proc, closing_ends_the_program_and_its_children)
{
    TALLOC_CTX *ctx = talloc_new(NULL);
    struct proc *p = sh_open(ctx, "sleep 1000 & read -r l; echo $!; read -r "
                                  "l");
    char *answer = NULL;
    pid_t child;

    cr_assert_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
    cr_assert_eq(proc_ask(p, ctx, "hello\n", LONG_MS, &answer), 0);
    child = atoi(answer);
    cr_assert_gt(child, 1);
    proc_close(p);
    cr_expect(goes_away(child));
    proc_close(NULL);
    talloc_free(ctx);
}

/* -- the end of everything ----------------------------------------------------
 */

/* These two change the whole process; every Criterion test has its own. */
Test(proc, after_stop_all_nothing_runs_any_more)
{
    TALLOC_CTX *ctx = talloc_new(NULL);
    struct proc *p = sh_open(ctx, echo_script);
    struct proc_result r;
    char *answer = NULL;

    cr_assert_eq(proc_ask(p, ctx, "one\n", LONG_MS, &answer), 0);
    cr_expect_not(proc_stopped());
    proc_stop_all();
    cr_expect(proc_stopped());
    cr_expect_eq(sh(ctx, "true", LONG_MS, &r), ECANCELED);
    cr_expect_eq(proc_ask(p, ctx, "\n", LONG_MS, &answer), ECANCELED);
    proc_close(p);
    talloc_free(ctx);
}

static void on_alarm(int sig)
{
    (void)sig;
    proc_stop_all();
}

Test(proc, stop_all_ends_a_run_in_progress)
{
    struct sigaction action = {.sa_handler = on_alarm};
    struct proc_result r;
    TALLOC_CTX *ctx = talloc_new(NULL);

    sigaction(SIGUSR1, &action, NULL);
    cr_expect_eq(
        sh(ctx,
           talloc_asprintf(ctx, "kill -USR1 %d; sleep 1000", (int)getpid()),
           LONG_MS, &r),
        ECANCELED);
    talloc_free(ctx);
}

static int children_of_ours(void)
{
    char path[64];
    int pid, n = 0;
    FILE *f;

    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    f = fopen(path, "r");
    cr_assert_not_null(f);
    while (fscanf(f, "%d", &pid) == 1) {
        n++;
    }
    fclose(f);
    return n;
}

/* An orphan may end a moment later than the run that left it. */
Test(proc, orphans_do_not_pile_up_as_zombies)
{
    TALLOC_CTX *ctx = talloc_new(NULL);
    struct proc_result r;

    cr_assert_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
    for (int i = 0; i < 20; i++) {
        cr_assert_eq(sh(ctx, "(exec sleep 0) & exit 0", LONG_MS, &r), 0);
        cr_assert_eq(r.status, 0);
    }
    for (int i = 0; i < 1000 && children_of_ours() > 0; i++) {
        cr_assert_eq(sh(ctx, "exit 0", LONG_MS, &r), 0);
    }
    cr_expect_eq(children_of_ours(), 0);
    talloc_free(ctx);
}

Test(proc, a_sweep_ends_orphans_that_left_their_group)
{
    TALLOC_CTX *ctx = talloc_new(NULL);
    char *dir = cases_folder(ctx);
    char *pid = talloc_asprintf(ctx, "%s/pid", dir);
    struct proc_result r;

    cr_assert_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
    cr_assert_eq(sh(ctx,
                    talloc_asprintf(ctx,
                                    "setsid sh -c 'echo $$ >%s.new; mv "
                                    "%s.new %s; exec sleep 1000' </dev/null "
                                    ">/dev/null 2>&1 & while [ ! -e %s ]; do "
                                    ":; done",
                                    pid, pid, pid, pid),
                    LONG_MS, &r),
                 0);
    cr_expect_eq(kill(number_in(ctx, pid), 0), 0, "it has got away");
    proc_sweep();
    cr_expect(goes_away(number_in(ctx, pid)));
    talloc_free(ctx);
}
