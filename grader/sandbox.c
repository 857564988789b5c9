/* SPDX-License-Identifier: MIT */
/* sandbox.c - see sandbox.h. */
#include "sandbox.h"
#include "proc.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum bwrap { BWRAP_NONE, BWRAP_SHARED_PIDS, BWRAP_FULL };

struct sandbox {
    enum bwrap bwrap;
    bool seccomp;
    bool landlock; /* only asked for without bubblewrap */
    const char *reason;
};

struct args {
    char **v;
    size_t n;
};

static void add(TALLOC_CTX *ctx, struct args *a, const char *word)
{
    a->v = talloc_realloc(ctx, a->v, char *, (unsigned)(a->n + 2));
    a->v[a->n++] = talloc_strdup(a->v, word);
    a->v[a->n] = NULL;
}

static void add_all(TALLOC_CTX *ctx, struct args *a, const char *const *words)
{
    for (; *words != NULL; words++) {
        add(ctx, a, *words);
    }
}

/* /lib and friends are links into /usr on most systems, folders on others. */
static void add_system_dir(TALLOC_CTX *ctx, struct args *a, const char *dir)
{
    char target[256];
    ssize_t n = readlink(dir, target, sizeof target - 1);
    struct stat st;

    if (n > 0) {
        target[n] = '\0';
        add_all(ctx, a, (const char *[]){"--symlink", target, dir, NULL});
    } else if (stat(dir, &st) == 0) {
        add_all(ctx, a, (const char *[]){"--ro-bind", dir, dir, NULL});
    }
}

static void add_bwrap(TALLOC_CTX *ctx, struct args *a, enum bwrap kind)
{
    static const char *const dirs[] = {"/usr",    "/lib", "/lib64", "/lib32",
                                       "/libx32", "/bin", "/sbin",  NULL};

    add_all(ctx, a,
            (const char *[]){"bwrap",
                             "--unshare-user",
                             "--unshare-net",
                             "--unshare-ipc",
                             "--unshare-uts",
                             "--unshare-cgroup-try",
                             "--die-with-parent",
                             "--new-session",
                             "--cap-drop",
                             "ALL",
                             "--dev",
                             "/dev",
                             "--size",
                             "67108864",
                             "--tmpfs",
                             "/tmp",
                             "--ro-bind-try",
                             "/etc/alternatives",
                             "/etc/alternatives",
                             "--ro-bind-try",
                             "/etc/ld.so.cache",
                             "/etc/ld.so.cache",
                             NULL});
    if (kind == BWRAP_FULL) {
        add_all(ctx, a,
                (const char *[]){"--unshare-pid", "--proc", "/proc", NULL});
    } else {
        add_all(ctx, a, (const char *[]){"--ro-bind", "/proc", "/proc", NULL});
    }
    for (int i = 0; dirs[i] != NULL; i++) {
        add_system_dir(ctx, a, dirs[i]);
    }
}

char **sandbox_argv(TALLOC_CTX *ctx, const struct sandbox *s,
                    const char *writable, const char *readable,
                    char *const *argv)
{
    struct args a = {0};

    if (s->bwrap != BWRAP_NONE) {
        add_bwrap(ctx, &a, s->bwrap);
        if (readable != NULL) {
            add_all(ctx, &a,
                    (const char *[]){"--ro-bind", readable, readable, NULL});
        }
        if (writable != NULL) {
            add_all(ctx, &a,
                    (const char *[]){"--bind", writable, writable, "--chdir",
                                     writable, NULL});
        } else {
            add_all(ctx, &a, (const char *[]){"--chdir", "/tmp", NULL});
        }
        add(ctx, &a, "--");
    }
    add_all(ctx, &a, (const char *const *)argv);
    return a.v;
}

static bool works(TALLOC_CTX *ctx, enum bwrap kind, const char **reason)
{
    struct sandbox s = {.bwrap = kind};
    char *argv[] = {"/bin/true", NULL};
    char **all = sandbox_argv(ctx, &s, NULL, NULL, argv);
    struct proc_spec spec = {.argv = all, .fd3 = -1, .fd4 = -1};
    struct proc_result r;
    int rc = proc_run(ctx, &spec, 5000, &r);

    if (rc != 0) {
        *reason = talloc_asprintf(ctx, "bwrap: %s", strerror(rc));
        return false;
    }
    if (r.status != 0) {
        *reason = talloc_strndup(ctx, r.output, strcspn(r.output, "\n"));
        return false;
    }
    return true;
}

struct sandbox *sandbox_probe(TALLOC_CTX *ctx, bool allow_bwrap)
{
    struct sandbox *s = talloc_zero(ctx, struct sandbox);
    int fd;

    s->reason = allow_bwrap ? "" : "switched off";
    for (int kind = BWRAP_FULL; allow_bwrap && kind > BWRAP_NONE; kind--) {
        if (works(s, (enum bwrap)kind, &s->reason)) {
            s->bwrap = (enum bwrap)kind;
            s->reason = "";
            break;
        }
    }
    s->landlock =
        s->bwrap == BWRAP_NONE && syscall(SYS_landlock_create_ruleset, NULL, 0,
                                          LANDLOCK_CREATE_RULESET_VERSION) > 0;
    s->seccomp = true;
    fd = sandbox_filter(s, false);
    s->seccomp = fd >= 0;
    if (fd >= 0) {
        close(fd);
    }
    return s;
}

bool sandbox_has_bwrap(const struct sandbox *s)
{
    return s->bwrap != BWRAP_NONE;
}

bool sandbox_wants_landlock(const struct sandbox *s)
{
    return s->landlock;
}

const char *sandbox_reason(const struct sandbox *s)
{
    return s->reason;
}

const char *sandbox_name(const struct sandbox *s)
{
    static const char *const names[3][2] = {
        [BWRAP_NONE] = {"resource limits only", "seccomp and resource limits"},
        [BWRAP_SHARED_PIDS] = {"bubblewrap (shared process ids)",
                               "bubblewrap (shared process ids) and seccomp"},
        [BWRAP_FULL] = {"bubblewrap", "bubblewrap and seccomp"},
    };

    if (s->landlock) {
        return s->seccomp ? "seccomp, Landlock and resource limits"
                          : "Landlock and resource limits";
    }
    return names[s->bwrap][s->seccomp];
}

/* Of AF_INET, if at all: the others reach further than loopback does. */
static void deny_sockets(scmp_filter_ctx f, bool inet_too)
{
    if (inet_too) {
        seccomp_rule_add(f, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(socket), 0);
    } else {
        seccomp_rule_add(f, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(socket), 1,
                         SCMP_A0(SCMP_CMP_NE, AF_INET, 0));
    }
}

unsigned sandbox_grants(const struct exercise *e)
{
    return (exercise_allows(e, "fork") ? GRANT_FORK : 0u) |
           (exercise_allows(e, "socket") ? GRANT_SOCKET : 0u);
}

/* Test runs, and the fork server too, may not trace, load or mount anything.
 * EPERM, not death: the program goes on and is judged by what it then does.
 * clone3 is answered by ENOSYS because its flags cannot be seen; libc then uses
 * clone, by which the runs may make threads but no processes (fence.c). */
int sandbox_filter(const struct sandbox *s, unsigned grants)
{
    static const int denied[] = {SCMP_SYS(mount),
                                 SCMP_SYS(umount2),
                                 SCMP_SYS(pivot_root),
                                 SCMP_SYS(chroot),
                                 SCMP_SYS(setns),
                                 SCMP_SYS(unshare),
                                 SCMP_SYS(bpf),
                                 SCMP_SYS(keyctl),
                                 SCMP_SYS(add_key),
                                 SCMP_SYS(init_module),
                                 SCMP_SYS(reboot),
                                 SCMP_SYS(swapon),
                                 SCMP_SYS(process_vm_writev),
                                 SCMP_SYS(pidfd_getfd),
                                 SCMP_SYS(perf_event_open),
                                 SCMP_SYS(userfaultfd),
                                 SCMP_SYS(io_uring_setup),
                                 SCMP_SYS(pidfd_open),
                                 SCMP_SYS(pidfd_send_signal)};
    /* Who gets SIGIO, or whatever F_SETSIG makes of it. */
    static const int owners[] = {F_SETOWN, F_SETOWN_EX};
    /* What changes files and Landlock does not, or not before Linux 6.2. */
    static const int files[] = {
        SCMP_SYS(truncate), SCMP_SYS(chmod),     SCMP_SYS(fchmodat),
        SCMP_SYS(chown),    SCMP_SYS(lchown),    SCMP_SYS(fchownat),
        SCMP_SYS(setxattr), SCMP_SYS(lsetxattr), SCMP_SYS(utimensat)};
    scmp_filter_ctx f;
    int fd = -1;

    if (!s->seccomp || (f = seccomp_init(SCMP_ACT_ALLOW)) == NULL) {
        return -1;
    }
    for (size_t i = 0; i < sizeof denied / sizeof denied[0]; i++) {
        seccomp_rule_add(f, SCMP_ACT_ERRNO(EPERM), denied[i], 0);
    }
    for (size_t i = 0; s->landlock && i < sizeof files / sizeof files[0]; i++) {
        seccomp_rule_add(f, SCMP_ACT_ERRNO(EPERM), files[i], 0);
    }
    for (size_t i = 0; i < sizeof owners / sizeof owners[0]; i++) {
        seccomp_rule_add(f, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(fcntl), 1,
                         SCMP_CMP(1, SCMP_CMP_MASKED_EQ, 0xffffffffu,
                                  (scmp_datum_t)owners[i]));
    }
    /* Limits of its own may be asked for; 0 is oneself. */
    seccomp_rule_add(f, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(prlimit64), 1,
                     SCMP_CMP(0, SCMP_CMP_NE, 0, 0));
    seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
    deny_sockets(f, (grants & GRANT_SOCKET) == 0);
    fd = memfd_create("filter", MFD_CLOEXEC);
    if (fd >= 0 &&
        (seccomp_export_bpf(f, fd) != 0 || lseek(fd, 0, SEEK_SET) != 0)) {
        close(fd);
        fd = -1;
    }
    seccomp_release(f);
    return fd;
}
