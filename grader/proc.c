/* SPDX-License-Identifier: MIT */
/* proc.c - a private libuv loop per process, driven synchronously.
 *
 * The calling thread runs the loop until the answer, the end or the deadline
 * is there. `stop` is polled every 50 ms by the deadline timer, so an
 * interrupt ends every wait soon.
 *
 * Whoever is orphaned below us becomes our child, and a zombie when it ends;
 * it is reaped when the next process of ours is finished. Our own processes,
 * which are libuv's to reap, are told apart by a list. children_lock guards
 * that list, and a process is started with it held: nobody is our child
 * without being in the list. */
#include "proc.h"

#include <errno.h>
#include <linux/close_range.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

enum {
    TICK_MS = 50,
    PATIENCE_MS = 2000,
    MAX_OUTPUT = 1 << 20,
    MAX_ANSWER = 64 << 20
};

struct text {
    char *data;
    size_t length, cap; /* cap: more than this is thrown away */
};

struct proc {
    uv_loop_t loop;
    uv_process_t process;
    uv_pipe_t in, out, err;
    uv_timer_t timer;
    uv_write_t write;
    struct text answer, errors;
    int64_t exit_status;
    int term_signal, open_pipes;
    bool exited, started;
    uint64_t deadline_ms;
    bool timed_out;
    struct proc *next; /* in `children` */
};

static atomic_bool stop;
static pthread_mutex_t children_lock = PTHREAD_MUTEX_INITIALIZER;
static struct proc *children;

bool proc_stopped(void)
{
    return atomic_load(&stop);
}

void proc_stop_all(void)
{
    atomic_store(&stop, true);
}

static void on_alloc(uv_handle_t *h, size_t hint, uv_buf_t *buf)
{
    (void)h;
    buf->base = malloc(hint);
    buf->len = buf->base != NULL ? hint : 0;
}

static void append(struct text *t, const char *data, size_t n)
{
    char *grown;

    if (t->length + n > t->cap) {
        n = t->cap - t->length;
    }
    grown = n > 0 ? realloc(t->data, t->length + n + 1) : NULL;
    if (grown == NULL) {
        return;
    }
    memcpy(grown + t->length, data, n);
    t->data = grown;
    t->length += n;
    t->data[t->length] = '\0';
}

static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *buf)
{
    struct proc *p = s->data;

    if (n > 0) {
        append(s == (uv_stream_t *)&p->err && p->errors.cap > 0 ? &p->errors
                                                                : &p->answer,
               buf->base, (size_t)n);
    } else if (n < 0) {
        uv_read_stop(s);
        p->open_pipes--;
    }
    free(buf->base);
}

static void on_exit_cb(uv_process_t *process, int64_t status, int sig)
{
    struct proc *p = process->data;

    p->exited = true;
    p->exit_status = status;
    p->term_signal = sig;
}

static void on_tick(uv_timer_t *t)
{
    struct proc *p = t->data;

    p->timed_out = p->timed_out || uv_now(&p->loop) >= p->deadline_ms;
}

/* -- children ---------------------------------------------------------------
 */

static FILE *open_children(void)
{
    char path[64];

    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    return fopen(path, "re");
}

static int spawn(struct proc *p, const uv_process_options_t *o)
{
    int rc;

    pthread_mutex_lock(&children_lock);
    /* Whatever descriptors we were started with, or a library has opened,
     * student code could write to: pass on none but those it is given. */
    close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
    rc = -uv_spawn(&p->loop, &p->process, o);
    p->started = rc == 0;
    if (p->started) {
        p->next = children;
        children = p;
    }
    pthread_mutex_unlock(&children_lock);
    return rc;
}

static bool is_ours(pid_t pid)
{
    struct proc *p = children;

    while (p != NULL && p->process.pid != pid) {
        p = p->next;
    }
    return p != NULL;
}

/* The end of `p`, of what is left of its group, and of all orphans that have
 * ended by now. While an orphan is not reaped nobody else can have its group's
 * number; that of `p` itself is free. */
static void forget(const struct proc *p)
{
    struct proc **at = &children;
    FILE *f;
    int pid;

    pthread_mutex_lock(&children_lock);
    while (*at != NULL && *at != p) {
        at = &(*at)->next;
    }
    if (*at != NULL) {
        *at = p->next;
    }
    f = open_children();
    while (f != NULL && fscanf(f, "%d", &pid) == 1) {
        if (is_ours(pid)) {
            continue;
        }
        if (p->started && getpgid(pid) == p->process.pid) {
            kill(-p->process.pid, SIGKILL);
        }
        waitpid(pid, NULL, WNOHANG);
    }
    if (f != NULL) {
        fclose(f);
    }
    pthread_mutex_unlock(&children_lock);
}

/* -- one process ------------------------------------------------------------
 */

/* Not once it is reaped, for its number may be another's then. */
static void kill_group(const struct proc *p)
{
    if (p->started && !p->exited) {
        kill(-p->process.pid, SIGKILL);
        kill(p->process.pid, SIGKILL);
    }
}

static void init_pipe(struct proc *p, uv_pipe_t *pipe)
{
    uv_pipe_init(&p->loop, pipe, 0);
    pipe->data = p;
}

static struct proc *start(const struct proc_spec *spec, size_t error_cap,
                          int *rc)
{
    struct proc *p = calloc(1, sizeof *p);
    uv_stdio_container_t io[5] = {0};
    uv_process_options_t o = {0};

    if (p == NULL) {
        *rc = ENOMEM;
        return NULL;
    }
    p->answer.cap = error_cap > 0 ? MAX_ANSWER : MAX_OUTPUT;
    p->errors.cap = error_cap;
    uv_loop_init(&p->loop);
    uv_timer_init(&p->loop, &p->timer);
    p->timer.data = p;
    init_pipe(p, &p->in);
    init_pipe(p, &p->out);
    init_pipe(p, &p->err);
    io[0] = (uv_stdio_container_t){UV_CREATE_PIPE | UV_READABLE_PIPE,
                                   {(uv_stream_t *)&p->in}};
    io[1] = (uv_stdio_container_t){UV_CREATE_PIPE | UV_WRITABLE_PIPE,
                                   {(uv_stream_t *)&p->out}};
    io[2] = (uv_stdio_container_t){UV_CREATE_PIPE | UV_WRITABLE_PIPE,
                                   {(uv_stream_t *)&p->err}};
    io[3].flags = spec->fd3 >= 0 ? UV_INHERIT_FD : UV_IGNORE;
    io[3].data.fd = spec->fd3;
    io[4].flags = spec->fd4 >= 0 ? UV_INHERIT_FD : UV_IGNORE;
    io[4].data.fd = spec->fd4;
    o.stdio = io;
    o.stdio_count = 5;
    o.file = spec->argv[0];
    o.args = (char **)spec->argv;
    o.env = (char **)spec->env;
    o.cwd = spec->cwd;
    o.flags = UV_PROCESS_DETACHED;
    o.exit_cb = on_exit_cb;
    p->process.data = p;
    *rc = spawn(p, &o);
    if (p->started) {
        p->open_pipes = 2;
        uv_read_start((uv_stream_t *)&p->out, on_alloc, on_read);
        uv_read_start((uv_stream_t *)&p->err, on_alloc, on_read);
    }
    return p;
}

static void close_handle(uv_handle_t *h, void *arg)
{
    (void)arg;
    if (!uv_is_closing(h)) {
        uv_close(h, NULL);
    }
}

static void arm(struct proc *p, long timeout_ms)
{
    uv_update_time(&p->loop);
    p->timed_out = false;
    p->deadline_ms = uv_now(&p->loop) + (uint64_t)timeout_ms;
    uv_timer_start(&p->timer, on_tick, TICK_MS, TICK_MS);
}

/* End a conversation politely first: at the end of its input a runner ends
 * by itself, and so does everything between it and us. */
static void close_input(struct proc *p)
{
    uv_close((uv_handle_t *)&p->in, NULL);
    arm(p, PATIENCE_MS);
    while (p->started && !p->exited && !p->timed_out && !proc_stopped()) {
        uv_run(&p->loop, UV_RUN_ONCE);
    }
}

static void finish(struct proc *p)
{
    if (!uv_is_closing((uv_handle_t *)&p->in)) {
        close_input(p);
    }
    kill_group(p);
    while (p->started && !p->exited) {
        uv_run(&p->loop, UV_RUN_ONCE);
    }
    forget(p);
    uv_walk(&p->loop, close_handle, NULL);
    uv_run(&p->loop, UV_RUN_DEFAULT);
    uv_loop_close(&p->loop);
    free(p->answer.data);
    free(p->errors.data);
    free(p);
}

int proc_run(TALLOC_CTX *ctx, const struct proc_spec *spec, long timeout_ms,
             struct proc_result *out)
{
    struct proc *p;
    int rc;

    if (proc_stopped()) {
        return ECANCELED;
    }
    p = start(spec, 0, &rc);
    if (p == NULL) {
        return rc;
    }
    if (rc == 0) {
        uv_close((uv_handle_t *)&p->in, NULL);
        arm(p, timeout_ms);
        while ((!p->exited || p->open_pipes > 0) && !p->timed_out &&
               !proc_stopped()) {
            uv_run(&p->loop, UV_RUN_ONCE);
        }
        *out = (struct proc_result){
            .status =
                p->exited && p->term_signal == 0 ? (int)p->exit_status : -1,
            .signal = p->term_signal,
            .timed_out = p->timed_out,
            .output = talloc_strndup(
                ctx, p->answer.data != NULL ? p->answer.data : "",
                p->answer.length),
            .length = p->answer.length};
        rc = proc_stopped() ? ECANCELED : 0;
    }
    finish(p);
    return rc;
}

struct proc *proc_open(TALLOC_CTX *ctx, const struct proc_spec *spec)
{
    struct proc *p;
    int rc;

    (void)ctx;
    p = start(spec, 65536, &rc);
    if (p != NULL && rc != 0) {
        finish(p);
        p = NULL;
    }
    errno = rc;
    return p;
}

static char *take_line(struct proc *p, TALLOC_CTX *ctx)
{
    char *end = p->answer.data != NULL
                    ? memchr(p->answer.data, '\n', p->answer.length)
                    : NULL;
    size_t n;
    char *line;

    if (end == NULL) {
        return NULL;
    }
    n = (size_t)(end - p->answer.data);
    line = talloc_strndup(ctx, p->answer.data, n);
    p->answer.length -= n + 1;
    memmove(p->answer.data, end + 1, p->answer.length);
    return line;
}

int proc_ask(struct proc *p, TALLOC_CTX *ctx, const char *line, long timeout_ms,
             char **out_answer)
{
    uv_buf_t buf = uv_buf_init((char *)line, (unsigned)strlen(line));

    if (p->exited) {
        return EPIPE;
    }
    arm(p, timeout_ms);
    uv_write(&p->write, (uv_stream_t *)&p->in, &buf, 1, NULL);
    for (;;) {
        *out_answer = take_line(p, ctx);
        if (*out_answer != NULL) {
            return 0;
        }
        if (proc_stopped()) {
            return ECANCELED;
        }
        if (p->timed_out) {
            return ETIME;
        }
        if (p->exited && p->open_pipes <= 0) {
            return EPIPE;
        }
        uv_run(&p->loop, UV_RUN_ONCE);
    }
}

const char *proc_errors(const struct proc *p)
{
    return p->errors.data != NULL ? p->errors.data : "";
}

char *proc_ending(TALLOC_CTX *ctx, const struct proc *p)
{
    if (p == NULL || !p->exited) {
        return talloc_strdup(ctx, p == NULL ? "it did not start" : "it runs");
    }
    return p->term_signal != 0
               ? talloc_asprintf(ctx, "it was ended by signal %d",
                                 p->term_signal)
               : talloc_asprintf(ctx, "it ended with status %d",
                                 (int)p->exit_status);
}

void proc_close(struct proc *p)
{
    if (p != NULL) {
        finish(p);
    }
}

void proc_sweep(void)
{
    FILE *f;
    int pid;
    struct timespec pause = {0, 2000000};

    /* Each round kills the orphans of the round before. */
    for (int round = 0; round < 50; round++) {
        bool any = false;
        f = open_children();
        if (f == NULL) {
            return;
        }
        while (fscanf(f, "%d", &pid) == 1) {
            kill(pid, SIGKILL);
            any = true;
        }
        fclose(f);
        while (waitpid(-1, NULL, WNOHANG) > 0) {
        }
        if (!any) {
            return;
        }
        nanosleep(&pause, NULL);
    }
}
