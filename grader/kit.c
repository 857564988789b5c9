/* SPDX-License-Identifier: MIT */
/* kit.c - see kit.h. */
#include "kit.h"
#include "file.h"
#include "proc.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* THREADLAB_ROOT, or two folders up from the program: ROOT/build/threadlab. */
static const char *find_root(TALLOC_CTX *ctx)
{
    const char *set = getenv("THREADLAB_ROOT");
    char path[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
    char *slash;

    if (set != NULL && set[0] != '\0') {
        return talloc_strdup(ctx, set);
    }
    path[n > 0 ? n : 0] = '\0';
    for (int up = 0; up < 2; up++) {
        slash = strrchr(path, '/');
        if (slash != NULL) {
            *slash = '\0';
        }
    }
    return talloc_strdup(ctx, path);
}

int kit_open(TALLOC_CTX *ctx, struct kit *kit)
{
    const char *error = "";

    memset(kit, 0, sizeof *kit);
    kit->root = find_root(ctx);
    kit->course = course_load(ctx, kit->root, &error);
    if (kit->course == NULL) {
        fprintf(stderr, "threadlab: %s\n", error);
        return STATUS_FAULT;
    }
    return STATUS_OK;
}

int kit_ready(TALLOC_CTX *ctx, struct kit *kit)
{
    const char *tmp = getenv("TMPDIR");
    const char *error = "";
    const char *no_bwrap = getenv("THREADLAB_SANDBOX");
    char *dir = talloc_asprintf(ctx, "%s/threadlab.XXXXXX",
                                tmp != NULL && tmp[0] != '\0' ? tmp : "/tmp");

    signal(SIGPIPE, SIG_IGN);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    if (mkdtemp(dir) == NULL) {
        fprintf(stderr,
                "threadlab: cannot make a scratch folder %s: %s\n"
                "Set TMPDIR to a folder that can be written.\n",
                dir, strerror(errno));
        return STATUS_ENVIRONMENT;
    }
    kit->scratch = dir;
    kit_fix_addresses();
    kit->sandbox =
        sandbox_probe(ctx, no_bwrap == NULL || strcmp(no_bwrap, "off") != 0);
    kit->builder = builder_open(ctx, kit->course, kit->sandbox, dir, &error);
    if (kit->builder == NULL) {
        kit_close(kit);
        if (proc_stopped()) { /* then nothing is missing */
            return STATUS_INTERRUPTED;
        }
        fprintf(stderr, "threadlab: %s\n", error);
        return STATUS_ENVIRONMENT;
    }
    return STATUS_OK;
}

void kit_close(struct kit *kit)
{
    proc_sweep();
    if (kit->scratch != NULL) {
        file_remove_tree(kit->scratch);
        kit->scratch = NULL;
    }
}

static void *wait_for_signal(void *arg)
{
    const sigset_t *set = arg;
    int sig;

    sigwait(set, &sig);
    proc_stop_all();
    fprintf(stderr, "\nthreadlab: stopping (once more to stop at once)\n");
    sigwait(set, &sig);
    _exit(STATUS_INTERRUPTED);
}

/* Processes that a run leaves behind become ours, to be swept up. Until then
 * such a one may signal its parent, and not mean us. */
static void disregard_strays(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGUSR2);
    sigaddset(&set, SIGALRM);
    pthread_sigmask(SIG_BLOCK, &set, NULL); /* what we start has none blocked */
}

void kit_handle_signals(void)
{
    static sigset_t set; /* outlives the thread */
    pthread_t thread;

    disregard_strays();
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    if (pthread_create(&thread, NULL, wait_for_signal, &set) == 0) {
        pthread_detach(thread);
    }
}

bool kit_fix_addresses(void)
{
    int now = personality(0xffffffff);

    return now >= 0 &&
           (now & ADDR_NO_RANDOMIZE ||
            personality((unsigned long)now | ADDR_NO_RANDOMIZE) >= 0);
}

int kit_choose(TALLOC_CTX *ctx, const struct kit *kit, char **argv, int argc,
               const struct exercise ***out, size_t *out_count)
{
    size_t all = kit->course->count;
    bool *wanted = talloc_zero_array(ctx, bool, (unsigned)all);
    const struct exercise **match =
        talloc_zero_array(ctx, const struct exercise *, (unsigned)all);

    for (int i = 0; i < argc; i++) {
        size_t n = course_match(kit->course, argv[i], match);
        if (n == 0) {
            fprintf(stderr,
                    "threadlab: no exercise is called `%s`; "
                    "`threadlab list` shows them all\n",
                    argv[i]);
            return STATUS_USAGE;
        }
        for (size_t k = 0; k < n; k++) {
            for (size_t e = 0; e < all; e++) {
                wanted[e] = wanted[e] || kit->course->list[e] == match[k];
            }
        }
    }
    *out_count = 0;
    for (size_t e = 0; e < all; e++) {
        if (argc == 0 || wanted[e]) {
            match[(*out_count)++] = kit->course->list[e];
        }
    }
    *out = match;
    return STATUS_OK;
}

/* The exercise a single file belongs to: the one chosen, or the one whose id
 * its folder carries, or the only one with a file of that name. */
static const struct exercise *exercise_of_file(const struct kit *kit,
                                               const char *path,
                                               const struct exercise **chosen,
                                               size_t count)
{
    char *real = realpath(path, NULL);
    const struct exercise *found = count == 1 ? chosen[0] : NULL;

    for (size_t i = 0; real != NULL && i < kit->course->count; i++) {
        const struct exercise *e = kit->course->list[i];
        char *folder = talloc_asprintf(NULL, "/%s/", e->id);
        if (strstr(real, folder) != NULL) {
            found = e;
        }
        talloc_free(folder);
    }
    for (size_t i = 0; found == NULL && real != NULL && i < count; i++) {
        const char *slash = strrchr(real, '/');
        if (slash != NULL && chosen[i] != NULL &&
            strcmp(slash + 1, chosen[i]->file) == 0) {
            found = chosen[i];
        }
    }
    free(real);
    return found;
}

static const char *file_in(TALLOC_CTX *ctx, const char *dir,
                           const struct exercise *e)
{
    char *nested = talloc_asprintf(ctx, "%s/%s/%s", dir, e->id, e->file);
    char *flat = talloc_asprintf(ctx, "%s/%s", dir, e->file);

    return file_exists(nested) ? nested : file_exists(flat) ? flat : NULL;
}

int kit_entries(TALLOC_CTX *ctx, const struct kit *kit, const char *path,
                const struct exercise **chosen, size_t count,
                struct entry **out, size_t *out_count)
{
    const char *dir =
        path != NULL ? path : talloc_asprintf(ctx, "%s/exercises", kit->root);
    size_t found = 0;

    *out = talloc_zero_array(ctx, struct entry, (unsigned)count + 1);
    *out_count = 0;
    if (!file_exists(dir)) {
        fprintf(stderr, "threadlab: there is no %s\n", dir);
        return STATUS_USAGE;
    }
    if (!file_is_dir(dir)) {
        const struct exercise *e = exercise_of_file(kit, dir, chosen, count);
        if (e == NULL) {
            fprintf(stderr,
                    "threadlab: which exercise is %s? Name it after the "
                    "file, as in: threadlab grade -s %s 25\n",
                    dir, dir);
            return STATUS_USAGE;
        }
        (*out)[(*out_count)++] = (struct entry){e, dir, NULL};
        return STATUS_OK;
    }
    for (size_t i = 0; i < count; i++) {
        const char *file = file_in(ctx, dir, chosen[i]);
        found += file != NULL;
        (*out)[(*out_count)++] = (struct entry){chosen[i], file, NULL};
    }
    if (found == 0) {
        fprintf(stderr,
                "threadlab: %s holds none of the exercises; it should look "
                "like %s/%s/%s\n",
                dir, dir, chosen[0]->id, chosen[0]->file);
        return STATUS_USAGE;
    }
    return STATUS_OK;
}

/* The first line of what `tool` says when given `option`. */
static const char *first_line(TALLOC_CTX *ctx, const char *tool,
                              const char *option)
{
    char *argv[] = {(char *)tool, (char *)option, NULL};
    struct proc_spec spec = {.argv = argv, .fd3 = -1, .fd4 = -1};
    struct proc_result r;

    if (proc_run(ctx, &spec, 10000, &r) != 0 || r.status != 0) {
        return "";
    }
    return talloc_strndup(ctx, r.output, strcspn(r.output, "\n"));
}

const char *kit_tool_version(TALLOC_CTX *ctx, const char *tool)
{
    return first_line(ctx, tool, "--version");
}

/* The library has no way to tell, but its package description lies where the
 * compiler looks for libraries. */
const char *kit_criterion_version(TALLOC_CTX *ctx)
{
    static const char key[] = "\nVersion: ";
    const char *path =
        first_line(ctx, "clang", "-print-file-name=pkgconfig/criterion.pc");
    const char *at;
    char *text;

    if (file_read(ctx, path, &text, NULL) != 0 ||
        (at = strstr(text, key)) == NULL) {
        return "";
    }
    at += sizeof key - 1;
    return talloc_strndup(ctx, at, strcspn(at, "\n"));
}

int kit_debugger(char *const *argv)
{
    sigset_t none;
    pid_t pid = fork();
    int status = 0;

    if (pid == 0) {
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL); /* Ctrl-C is for it */
        execvp(argv[0], argv);
        _exit(127);
    }
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (pid < 0 || (WIFEXITED(status) && WEXITSTATUS(status) == 127)) {
        fprintf(stderr, "threadlab: there is no %s; install the package %s\n",
                argv[0], argv[0]);
        return STATUS_ENVIRONMENT;
    }
    return STATUS_OK;
}
