/* SPDX-License-Identifier: MIT */
/* test_sandbox.c - isolation: the command line it makes, and what a program
 * inside can and cannot do. Where bubblewrap is not allowed to work, those
 * tests are skipped. */
#include "cases.h"
#include "file.h"
#include "proc.h"
#include "sandbox.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static char *const plain_env[] = {"PATH=/usr/bin:/bin", NULL};

static struct sandbox *bubblewrap(TALLOC_CTX *ctx)
{
    struct sandbox *s = sandbox_probe(ctx, true);

    if (!sandbox_has_bwrap(s)) {
        cr_skip_test("bubblewrap does not work here: %s", sandbox_reason(s));
    }
    return s;
}

static struct proc_result inside(TALLOC_CTX *ctx, const struct sandbox *s,
                                 const char *writable, const char *readable,
                                 const char *script)
{
    char *argv[] = {"sh", "-c", (char *)script, NULL};
    struct proc_spec spec = {.argv =
                                 sandbox_argv(ctx, s, writable, readable, argv),
                             .env = plain_env,
                             .fd3 = -1,
                             .fd4 = -1};
    struct proc_result r;

    cr_assert_eq(proc_run(ctx, &spec, 20000, &r), 0);
    cr_assert_not(r.timed_out);
    return r;
}

Test(sandbox, without_bubblewrap_the_command_stays_as_it_is)
{
    TALLOC_CTX *ctx = talloc_new(NULL);
    struct sandbox *s = sandbox_probe(ctx, false);
    char *argv[] = {"prog", "one", "two", NULL};
    char **all = sandbox_argv(ctx, s, "/tmp", "/usr", argv);

    cr_expect_not(sandbox_has_bwrap(s));
    cr_expect_str_eq(sandbox_reason(s), "switched off");
    for (int i = 0; i < 3; i++) {
        cr_expect_str_eq(all[i], argv[i]);
    }
    cr_expect_null(all[3]);
    talloc_free(ctx);
}

Test(sandbox, the_filter_is_a_program_to_read)
{
    TALLOC_CTX *ctx = talloc_new(NULL);
    struct sandbox *s = sandbox_probe(ctx, false);
    int filter = sandbox_filter(s, 0);
    char buf[8192];
    ssize_t n = read(filter, buf, sizeof buf);

    if (filter < 0) {
        cr_skip_test("no seccomp here");
    }
    cr_expect_gt(n, 0);
    cr_expect_eq((size_t)n % sizeof(struct sock_filter), 0);
    cr_expect_leq(n, 4096, "the runtime reads no more: %zd", n);
    cr_expect_not_null(strstr(sandbox_name(s), "seccomp"));
    close(filter);
    talloc_free(ctx);
}

/* The error of socket(domain, ...) in a process under the filter; 0: none. */
static int socket_error(int filter, int domain)
{
    struct sock_filter code[512];
    ssize_t n = pread(filter, code, sizeof code, 0);
    struct sock_fprog program = {
        .len = (unsigned short)((size_t)n / sizeof code[0]), .filter = code};
    int status = 0;
    pid_t pid = fork();

    if (pid == 0) {
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
        _exit(socket(domain, SOCK_STREAM, 0) >= 0 ? 0 : errno);
    }
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    return WEXITSTATUS(status);
}

Test(sandbox, sockets_are_granted_for_the_internet_alone)
{
    TALLOC_CTX *ctx = talloc_new(NULL);
    struct sandbox *s = sandbox_probe(ctx, false);
    int strict = sandbox_filter(s, 0), lax = sandbox_filter(s, GRANT_SOCKET);

    if (strict < 0) {
        cr_skip_test("no seccomp here");
    }
    cr_expect_eq(socket_error(strict, AF_INET), EPERM);
    cr_expect_eq(socket_error(strict, AF_UNIX), EPERM);
    cr_expect_eq(socket_error(lax, AF_INET), 0);
    cr_expect_eq(socket_error(lax, AF_UNIX), EPERM);
    close(strict);
    close(lax);
    talloc_free(ctx);
}

Test(sandbox, the_command_comes_last_and_folders_keep_their_paths)
{
    TALLOC_CTX *ctx = talloc_new(NULL);
    struct sandbox *s = bubblewrap(ctx);
    char *argv[] = {"prog", "--bind", NULL};
    char **all = sandbox_argv(ctx, s, "/w", "/r", argv);
    size_t n = 0;
    char *flat = talloc_strdup(ctx, "");

    while (all[n] != NULL) {
        flat = talloc_asprintf_append(flat, " %s", all[n++]);
    }
    cr_expect_str_eq(all[0], "bwrap");
    cr_expect_str_eq(all[n - 3], "--");
    cr_expect_str_eq(all[n - 2], "prog");
    cr_expect_not_null(strstr(flat, " --bind /w /w "));
    cr_expect_not_null(strstr(flat, " --ro-bind /r /r "));
    cr_expect_not_null(strstr(flat, " --unshare-net "));
    cr_expect_not_null(strstr(flat, " --die-with-parent "));
    cr_expect_str_eq(sandbox_reason(s), "");
    cr_expect_not_null(strstr(sandbox_name(s), "bubblewrap"));
    talloc_free(ctx);
}

Test(sandbox, a_program_inside_writes_only_where_it_may)
{
    TALLOC_CTX *ctx = talloc_new(NULL);
    struct sandbox *s = bubblewrap(ctx);
    char *mine = cases_folder(ctx), *theirs = cases_folder(ctx);
    char *script =
        talloc_asprintf(ctx,
                        "echo x >%s/made; echo x >%s/made; echo x >/usr/made; "
                        "echo x >/made; cat %s/secret; pwd",
                        mine, theirs, theirs);
    struct proc_result r;

    cases_write(talloc_asprintf(ctx, "%s/secret", theirs), "a secret\n");
    r = inside(ctx, s, mine, NULL, script);
    cr_expect(file_exists(talloc_asprintf(ctx, "%s/made", mine)));
    cr_expect_not(file_exists(talloc_asprintf(ctx, "%s/made", theirs)));
    cr_expect_not(file_exists("/usr/made"));
    cr_expect_null(strstr(r.output, "a secret"), "%s", r.output);
    cr_expect_not_null(strstr(r.output, mine), "it starts in its folder");
    r = inside(ctx, s, mine, theirs, script);
    cr_expect_not_null(strstr(r.output, "a secret"), "now it may read");
    cr_expect_not(file_exists(talloc_asprintf(ctx, "%s/made", theirs)));
    talloc_free(ctx);
}

Test(sandbox, a_program_inside_sees_no_network_and_no_home)
{
    TALLOC_CTX *ctx = talloc_new(NULL);
    struct sandbox *s = bubblewrap(ctx);
    struct proc_result r = inside(
        ctx, s, NULL, NULL,
        "tail -n +3 /proc/net/dev | grep -v ' *lo:'; ls /home /root /etc; "
        "ls /tmp; echo done");

    cr_expect_null(strstr(r.output, "eth"), "%s", r.output);
    cr_expect_null(strstr(r.output, "passwd"), "%s", r.output);
    cr_expect_not_null(strstr(r.output, "done"));
    cr_expect_null(strstr(r.output, "threadlab-unit"), "a /tmp of its own");
    talloc_free(ctx);
}

Test(sandbox, tmp_inside_is_private_and_small)
{
    TALLOC_CTX *ctx = talloc_new(NULL);
    struct sandbox *s = bubblewrap(ctx);
    struct proc_result r = inside(ctx, s, NULL, NULL,
                                  "head -c 100000000 /dev/zero >/tmp/"
                                  "threadlab-flood; wc -c </tmp/"
                                  "threadlab-flood");

    cr_expect_not_null(strstr(r.output, "67108864"), "%s", r.output);
    cr_expect_not(file_exists("/tmp/threadlab-flood"));
    talloc_free(ctx);
}

Test(sandbox, the_exit_status_comes_through)
{
    TALLOC_CTX *ctx = talloc_new(NULL);
    struct sandbox *s = bubblewrap(ctx);

    cr_expect_eq(inside(ctx, s, NULL, NULL, "exit 5").status, 5);
    cr_expect_eq(inside(ctx, s, NULL, NULL, "true").status, 0);
    talloc_free(ctx);
}
