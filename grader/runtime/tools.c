/* SPDX-License-Identifier: MIT */
/* tools.c - the tools a flavour brings along: ThreadSanitizer,
 * AddressSanitizer with LeakSanitizer, Valgrind's Helgrind.
 *
 * One object serves every flavour: what a flavour lacks is a weak symbol
 * that is NULL. Reports are taken as data inside the process; only
 * LeakSanitizer's are text. */
#include "rt.h"
#include "scheduler.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <valgrind/helgrind.h>
#include <valgrind/valgrind.h>

#define WEAK __attribute__((weak))

/* From compiler-rt, lib/tsan/rtl/tsan_debugging.cpp. */
WEAK void __tsan_acquire(void *addr);
WEAK void __tsan_release(void *addr);
WEAK void __tsan_func_entry(void *pc);
WEAK void __tsan_func_exit(void);
WEAK void __tsan_read_range(void *addr, unsigned long size);
WEAK void __tsan_write_range(void *addr, unsigned long size);
WEAK int __tsan_get_report_data(void *report, const char **what, int *count,
                                int *stacks, int *mops, int *locs, int *mutexes,
                                int *threads, int *unique_tids,
                                void **sleep_trace, unsigned long trace_size);
WEAK int __tsan_get_report_mop(void *report, unsigned long i, int *tid,
                               void **addr, int *size, int *write, int *atomic,
                               void **trace, unsigned long trace_size);
WEAK int __tsan_get_report_loc(void *report, unsigned long i, const char **type,
                               void **addr, void **start, unsigned long *size,
                               int *tid, int *fd, int *suppressable,
                               void **trace, unsigned long trace_size);
WEAK int __tsan_get_report_mutex(void *report, unsigned long i,
                                 unsigned long *id, void **addr, int *destroyed,
                                 void **trace, unsigned long trace_size);
WEAK int __tsan_get_report_thread(void *report, unsigned long i, int *tid,
                                  unsigned long *os_id, int *running,
                                  const char **name, int *parent_tid,
                                  void **trace, unsigned long trace_size);
WEAK void __asan_loadN(void *at, size_t size);
WEAK void __asan_storeN(void *at, size_t size);
WEAK void __asan_set_error_report_callback(void (*fn)(const char *));
WEAK int __lsan_do_recoverable_leak_check(void);
WEAK void __lsan_register_root_region(const void *from, size_t size);
WEAK void __sanitizer_set_report_fd(void *fd);
WEAK size_t __sanitizer_get_current_allocated_bytes(void);

const char *__tsan_default_options(void);
const char *__asan_default_options(void);
const char *__lsan_default_options(void);
void __tsan_on_report(void *report);
extern ssize_t __real_read(int fd, void *buf, size_t size);
extern int __real_nanosleep(const struct timespec *want, struct timespec *left);

/* Lock order, joins and mutex misuse are judged by the wrapped calls, which
 * know more; each thing is said by one voice. */
const char *__tsan_default_options(void)
{
    return "atexit_sleep_ms=0 symbolize=0 detect_deadlocks=0 "
           "report_thread_leaks=0 report_destroy_locked=0 "
           "report_mutex_bugs=0 report_signal_unsafe=0 die_after_fork=0 "
           "handle_segv=0 handle_sigbus=0 handle_abort=0 handle_sigill=0 "
           "handle_sigfpe=0 allocator_may_return_null=1 "
           "history_size=2 exitcode=86";
}

const char *__asan_default_options(void)
{
    return "symbolize=0 detect_leaks=1 leak_check_at_exit=0 "
           "handle_segv=0 handle_sigbus=0 handle_abort=0 handle_sigill=0 "
           "handle_sigfpe=0 allocator_may_return_null=1 "
           "detect_stack_use_after_return=1 exitcode=86 "
           "alloc_dealloc_mismatch=0 use_sigaltstack=0 "
           "max_allocation_size_mb=4096";
}

const char *__lsan_default_options(void)
{
    return "print_suppressions=0 report_objects=0";
}

const char *rt_tools_name(void)
{
    if (__tsan_get_report_data != NULL) {
        return "tsan";
    }
    if (__asan_set_error_report_callback != NULL) {
        return "asan";
    }
    return RUNNING_ON_VALGRIND ? "helgrind" : "plain";
}

/* -- ThreadSanitizer ------------------------------------------------------ */

static void fill_stack(struct rt_stack *out, void *const *trace, int n)
{
    out->depth = 0;
    for (int i = 0; i < n && trace[i] != NULL; i++) {
        out->pc[out->depth++] = (uintptr_t)trace[i];
    }
}

/* TSan's thread number -> our record. */
static int record_of(void *report, int threads, int tsan_tid)
{
    void *trace[1];
    const char *name;
    unsigned long os_id;
    int tid, running, parent;

    for (int i = 0; i < threads; i++) {
        __tsan_get_report_thread(report, (unsigned long)i, &tid, &os_id,
                                 &running, &name, &parent, trace, 1);
        if (tid != tsan_tid) {
            continue;
        }
        for (int r = 0; r < atomic_load(&rt->thread_count); r++) {
            if (atomic_load(&rt->threads[r].tid) == (int)os_id) {
                return r;
            }
        }
    }
    return 0; /* TSan lists every thread but the main one */
}

static void take_accesses(struct rt_report *r, void *report, int mops,
                          int threads)
{
    void *trace[RT_STACK] = {0};
    void *addr;
    int tid, size, write, atomic;

    for (int i = 0; i < mops && i < 2; i++) {
        struct rt_access *a = &r->access[r->accesses++];
        memset(trace, 0, sizeof trace);
        __tsan_get_report_mop(report, (unsigned long)i, &tid, &addr, &size,
                              &write, &atomic, trace, RT_STACK);
        a->thread = record_of(report, threads, tid);
        a->size = size;
        a->write = write != 0;
        a->atomic = atomic != 0;
        a->frees = i == 1 && strcmp(r->what, "heap-use-after-free") == 0;
        fill_stack(&a->at, trace, RT_STACK);
        r->addr = (uintptr_t)addr;
    }
}

static void take_place(struct rt_report *r, void *report, int locs, int threads)
{
    void *trace[RT_STACK] = {0};
    void *addr = NULL, *start = NULL;
    const char *type = "";
    unsigned long size = 0;
    int tid = 0, fd, suppressable;

    if (locs == 0) {
        return;
    }
    __tsan_get_report_loc(report, 0, &type, &addr, &start, &size, &tid, &fd,
                          &suppressable, trace, RT_STACK);
    snprintf(r->where, sizeof r->where, "%s", type);
    r->start = (uintptr_t)start;
    r->size = size;
    r->where_thread = record_of(report, threads, tid);
    fill_stack(&r->allocated, trace, RT_STACK);
}

static void take_locks(struct rt_report *r, void *report, int mutexes)
{
    const struct rt_thread *self = rt_self();
    void *trace[1];
    void *addr;
    unsigned long id;
    int destroyed;

    for (int i = 0; i < mutexes && i < 4; i++) {
        __tsan_get_report_mutex(report, (unsigned long)i, &id, &addr,
                                &destroyed, trace, 1);
        r->locks[r->lock_count] = rt_object_find(addr, RT_MUTEX);
        if (r->locks[r->lock_count] < 0) {
            r->locks[r->lock_count] = rt_object_find(addr, RT_RWLOCK);
        }
        r->lock_count++;
    }
    r->reporter = rt_index(self);
    for (int i = 0; i < self->held_count; i++) {
        r->held_now[r->held_count++] = self->held[i].object;
    }
}

/* Called by TSan, in the thread that made the second access. */
void __tsan_on_report(void *report)
{
    const char *what;
    void *sleep_trace[1];
    struct rt_report *r;
    int count, stacks, mops, locs, mutexes, threads, tids;

    __tsan_get_report_data(report, &what, &count, &stacks, &mops, &locs,
                           &mutexes, &threads, &tids, sleep_trace, 1);
    if (rt->cancels && !sched_on()) {
        return; /* it is blind, see __wrap_pthread_cancel */
    }
    rt_lock();
    rt->reports_seen++;
    if (rt->report_count < RT_REPORTS) {
        r = &rt->reports[rt->report_count++];
        memset(r, 0, sizeof *r);
        snprintf(r->what, sizeof r->what, "%s", what);
        take_accesses(r, report, mops, threads);
        take_place(r, report, locs, threads);
        take_locks(r, report, mutexes);
    }
    rt_unlock();
}

/* -- AddressSanitizer, LeakSanitizer -------------------------------------- */

static void on_asan_error(const char *text)
{
    rt_text_add(text);
    rt_finish(END_TOOL);
}

/* What is left of the test on the stack below would count as in use. */
static __attribute__((noinline)) void wipe_stack(void)
{
    volatile char page[32768];

    for (size_t i = 0; i < sizeof page; i++) {
        page[i] = 0;
    }
}

/* What a thread was started with is on our page until it begins. */
static void keep_arguments(void)
{
    for (int i = 0; i < atomic_load(&rt->thread_count); i++) {
        const struct rt_thread *t = &rt->threads[i];
        if (!atomic_load(&t->returned)) {
            __lsan_register_root_region(&t->arg, sizeof t->arg);
        }
    }
}

void rt_tools_release(void *at)
{
    if (__tsan_release != NULL) {
        __tsan_release(at);
    }
}

void rt_tools_acquire(void *at)
{
    if (__tsan_acquire != NULL) {
        __tsan_acquire(at);
    }
}

void rt_tools_enter(uintptr_t pc)
{
    if (__tsan_func_entry != NULL) {
        __tsan_func_entry((void *)pc);
    }
}

void rt_tools_leave(void)
{
    if (__tsan_func_exit != NULL) {
        __tsan_func_exit();
    }
}

static void call(void (*tool)(void *, size_t), void *at, size_t size)
{
    if (tool != NULL) {
        tool(at, size);
    }
}

void rt_tools_touch(void *at, size_t size, bool write, uintptr_t pc)
{
    rt_tools_enter(pc);
    call(write ? __tsan_write_range : __tsan_read_range, at, size);
    rt_tools_leave();
    call(write ? __asan_storeN : __asan_loadN, at, size);
}

void rt_tools_stores(void *at, size_t size)
{
    if (__asan_storeN != NULL) {
        __asan_storeN(at, size);
    }
}

static size_t allocated_before; /* bytes, when the run began */

bool rt_tools_leaks(void)
{
    bool controls = sched_controls, found;
    static char buf[4096]; /* on the stack it could hold stale pointers */
    int fd;
    ssize_t n;

    if (__asan_set_error_report_callback == NULL ||
        __sanitizer_get_current_allocated_bytes() <= allocated_before) {
        return false; /* where nothing is left, nothing is lost */
    }
    keep_arguments();
    wipe_stack();
    fd = memfd_create("leaks", MFD_CLOEXEC);
    __sanitizer_set_report_fd((void *)(intptr_t)fd);
    sched_controls = false; /* it yields, with locks of its own held */
    found = __lsan_do_recoverable_leak_check() != 0;
    sched_controls = controls;
    if (!found) {
        return false;
    }
    lseek(fd, 0, SEEK_SET);
    while ((n = __real_read(fd, buf, sizeof buf - 1)) > 0) {
        buf[n] = '\0';
        rt_text_add(buf);
    }
    return true;
}

/* -- the server's side ---------------------------------------------------- */

extern int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attr,
                                 void *(*fn)(void *), void *arg);
extern int __real_pthread_join(pthread_t thread, void **result);
extern int __real_pthread_mutex_lock(pthread_mutex_t *lock);
extern int __real_pthread_mutex_unlock(pthread_mutex_t *lock);

static void *warm_main(void *lock)
{
    __real_pthread_mutex_lock(lock);
    __real_pthread_mutex_unlock(lock);
    return NULL;
}

/* What the first thread and the first lock of a process make TSan set up,
 * every child would otherwise set up again. */
static void warm_up(void)
{
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_t thread;

    if (__real_pthread_create(&thread, NULL, warm_main, &lock) == 0) {
        __real_pthread_join(thread, NULL);
    }
}

extern char __bss_start, _end;

static bool all_zero(const uint64_t *p, size_t words)
{
    size_t i = 0;

    while (i < words && p[i] == 0) {
        i++; /* memcmp would be TSan's, which marks all it looks at */
    }
    return i == words;
}

/* TSan begins by writing zeros over 8 MB of static memory, and every fork
 * would copy the page tables of them all. A page of zeros given back reads
 * the same. No other thread writes there now: TSan's own one only sleeps. */
static void drop_zero_pages(void)
{
    static unsigned char resident[8192]; /* of so many pages from the start */
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    const uintptr_t from = ((uintptr_t)&__bss_start + page - 1) & ~(page - 1);
    size_t pages = ((uintptr_t)&_end - from) / page;

    pages = pages < sizeof resident ? pages : sizeof resident;
    if (syscall(SYS_mincore, from, pages * page, resident) != 0) {
        return;
    }
    for (size_t i = 0; i < pages; i++) {
        uintptr_t at = from + i * page;
        if ((resident[i] & 1) != 0 &&
            all_zero((const uint64_t *)at, page / sizeof(uint64_t))) {
            syscall(SYS_madvise, at, page, MADV_DONTNEED);
        }
    }
}

void rt_tools_settle(void)
{
    if (__tsan_get_report_data != NULL) {
        warm_up();
        drop_zero_pages();
    }
}

void rt_tools_child(void)
{
    if (__asan_set_error_report_callback != NULL) {
        __asan_set_error_report_callback(on_asan_error);
        allocated_before = __sanitizer_get_current_allocated_bytes();
    }
    /* Helgrind would take our book-keeping for the student's races. */
    VALGRIND_HG_DISABLE_CHECKING(rt, sizeof *rt);
}

/* TSan puts a handler off until its thread makes a call that TSan knows. */
void rt_tools_handlers(void)
{
    static const struct timespec no_time = {0, 0};

    if (__tsan_get_report_data != NULL) {
        __real_nanosleep(&no_time, NULL);
    }
}

unsigned rt_tools_errors(void)
{
    return (unsigned)VALGRIND_COUNT_ERRORS;
}
