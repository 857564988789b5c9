/* SPDX-License-Identifier: MIT */
/* rt.h - the runtime inside every test binary of the kit: shared parts.
 *
 * Theory of operation. A test binary is the unmodified Criterion test file,
 * the submission, and this runtime. Two processes matter:
 *
 *   server   started once per engine and exercise. Reads commands, forks one
 *            child per run, watches it from outside, and answers each command
 *            with one line of JSON. Single-threaded; runs no student code.
 *   child    runs one case once. Every pthread call of the test and of the
 *            submission arrives in a __wrap_ function first (link-time
 *            wrapping), which keeps `struct run` up to date.
 *
 * `struct run` lives in memory shared by both, so evidence survives the child
 * whatever becomes of it, and no descriptor exists that student code could
 * write to, close or flood. The child cannot reach the channel to the grader.
 *
 * Invariants
 *   - rt_lock guards the object table, the order graph and the wait fields of
 *     every thread. It is a raw futex: no sanitizer sees it, so it adds no
 *     happens-before edge that could hide a race.
 *   - Nothing in a wrapper may call a wrapped name: it calls __real_NAME.
 *   - A wrapper changes timing only in ways POSIX permits.
 */
#ifndef RT_H
#define RT_H

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

enum {
    RT_THREADS = 160,  /* threads a run may have at a time */
    RT_STACK = 16,     /* frames kept of a stack */
    RT_HELD = 12,      /* locks one thread may hold and still be tracked */
    RT_OBJECTS = 1024, /* mutexes, conditions, ... alive in one run */
    RT_EDGES = 256,    /* lock-order edges */
    RT_SITES = 16,     /* places of one kind in a run */
    RT_REPORTS = 8,    /* race reports of one run */
    RT_NOTES = 8,      /* misuse notes of one run */
    RT_TEXT = 16384,   /* bytes kept of a tool's own report */
    RT_STEPS = 4096,   /* steps of a controlled run kept: the last ones */
    RT_TOLD = 4,       /* places of a loop that only looks */
    RT_LEVELS = 4,     /* functions around a wait */
    RT_SYSV = 16,      /* sets and queues that a run makes */
    RT_TIMERS = 8,     /* of a program, that are asked whether they run */
    RT_CHOICES = 2048, /* choices of a schedule that can be repeated */
    RT_EVENTS = 2048,  /* decisions of a run that a search can follow ... */
    RT_SEARCHED = 32,  /* ... and threads */
    RT_TOUCHES = 6,    /* different things touched between two decisions */
    RT_SLEEPERS = 32,  /* threads tried already in one place */
};

/* Program counters, innermost first. Values are return addresses, absolute;
 * the server prints them relative to the executable. */
struct rt_stack {
    int depth;
    uintptr_t pc[RT_STACK];
};

/* What a thread is doing, as far as the wrapped calls tell. */
enum rt_state {
    RT_RUNNING,
    RT_WAIT_MUTEX, /* untimed waits: only another thread can end them */
    RT_WAIT_COND,
    RT_WAIT_JOIN,
    RT_WAIT_RWLOCK,
    RT_WAIT_SEM,
    RT_WAIT_BARRIER,
    RT_WAIT_FD,    /* for a descriptor: the outside world may end it too */
    RT_TIMED_WAIT, /* a wait with a deadline */
    RT_SLEEPING,   /* sleep, usleep, nanosleep, clock_nanosleep */
    RT_FINISHED,
    RT_WAIT_ONCE, /* for another thread's pthread_once */
    RT_WAIT_FUTEX,
    RT_STATES
};

struct rt_held {
    int object;   /* index into objects */
    uintptr_t pc; /* where it was acquired */
};

struct rt_level { /* a function that has called: its frame, and where to */
    uintptr_t frame, pc;
};

struct rt_sites { /* places in the program, each once; no room: left out */
    int count;
    uintptr_t pc[RT_SITES];
};

static inline bool rt_is_among(uintptr_t pc, const uintptr_t *list, int count)
{
    for (int i = 0; i < count; i++) {
        if (list[i] == pc) {
            return true;
        }
    }
    return false;
}

/* What woke a thread from a condition. */
struct rt_signal {
    int cond, by, to; /* an object; threads */
    uintptr_t pc;     /* 0: none, or it could have woken nobody else */
    unsigned step;
    unsigned number; /* of those of the condition */
    unsigned to_ops; /* calls of the woken thread until it was awake */
};

/* What the scheduler thinks of a thread (scheduler.c). */
enum rt_turn {
    TURN_READY,   /* it could run: it only waits for its turn, or has it */
    TURN_BLOCKED, /* until somebody tells it, or its deadline */
    TURN_OUT,     /* in a call we do not know, or running without its turn */
    TURN_GONE     /* not started, or ended */
};

/* Why a blocked thread goes on. */
enum rt_why { WHY_TOLD, WHY_TIME, WHY_SPURIOUS, WHY_CANCELLED, WHY_SIGNAL };

/* True if the wait is over without what it was for. */
static inline bool rt_gave_up(enum rt_why why)
{
    return why == WHY_TIME || why == WHY_SIGNAL;
}

/* Which handlers of signals end a wait with EINTR, see signal(7). */
enum rt_eintr { EINTR_NEVER, EINTR_UNLESS_RESTART, EINTR_ALWAYS };

/* What a thread cannot go on without. */
enum rt_want_kind {
    WANT_NOTHING,
    WANT_LOCK,   /* a mutex or spin lock */
    WANT_WRITE,  /* a read-write lock */
    WANT_READ,   /* the same, to read */
    WANT_PERMIT, /* a semaphore */
    WANT_END     /* a thread */
};

struct rt_want {
    enum rt_want_kind kind;
    const void *what;
};

struct rt_thread {
    enum rt_turn turn;
    enum rt_why why;
    bool may_wake;            /* blocked where a spurious wake-up is legal */
    bool cancellable;         /* blocked at a cancellation point */
    enum rt_eintr eintr;      /* of the wait it is blocked in */
    bool interrupted;         /* that is over by a handler */
    unsigned handlers;        /* that made calls while it was blocked */
    struct rt_want want;      /* of the call it is in */
    uint64_t deadline;        /* virtual ns at which it goes on anyway */
    uint64_t out_at, out_ns;  /* both clocks when it went out of turn */
    unsigned since, since_op; /* the step from which, in this call, it could
                                 have gone on */
    unsigned yields;          /* sched_yield and failed tries so far */
    unsigned ops_before;      /* calls made when the victim was starved */
    unsigned refusals, refused_at; /* of limits that are no time; ops */
    unsigned looks, looked_at;     /* at the clock, one after another */
    unsigned told_at;              /* when anything had last changed ... */
    int told_count; /* ... and where it has looked since, as told */
    uintptr_t told[RT_TOLD];
    const volatile void *last; /* that it accessed, ... */
    unsigned again;            /* ... and has read so often in a row since */
    unsigned choices;          /* decisions and accesses since its last
                                  wrapped call */
    uint32_t priority;         /* strategies: larger runs first */
    _Atomic uint32_t baton;    /* futex: 1 when it may run */
    _Atomic bool deciding;     /* in the scheduler, where it keeps its turn */
    _Atomic int tid;           /* kernel id; 0 until the thread has started */
    pthread_t handle;
    int parent;
    bool detached, joined;
    bool leaves;      /* by return or pthread_exit, not cancelled */
    int cancelled_by; /* who asked it to end last, and where */
    struct rt_stack cancelled_at;
    bool cut_short;          /* the program ended before it did */
    bool stays;              /* over for all others, but not for the kernel */
    _Atomic uint32_t over;   /* futex: moves on when it ends or its joiner is
                                cancelled */
    _Atomic bool returned;   /* only destructors are left to run, and those
                                may change `state` again */
    _Atomic bool join_begun; /* some thread has called pthread_join on it */
    _Atomic int state;       /* enum rt_state */
    int wait_object;         /* index into objects, or -1 */
    int wait_thread;         /* the thread it joins, or -1 */
    long wait_ms;            /* RT_TIMED_WAIT, RT_SLEEPING: for how long */
    int wait_fd;             /* RT_WAIT_FD: for which; -1: several */
    char wait_call[16];      /* RT_WAIT_FD: in which call */
    int closed_by;        /* RT_WAIT_FD: who closed it meanwhile, or -1 ... */
    uintptr_t closed_pc;  /* ... and where */
    struct rt_stack wait; /* where it waits, or was last seen */
    struct rt_stack created; /* who called pthread_create */
    struct rt_stack joined_at;
    uintptr_t start; /* the start routine */
    void *value;     /* fibers: what it returned, for a join */
    void *(*fn)(void *);
    int (*plain)(void *); /* the same in C11's form; one of them is NULL */
    void *arg;
    uintptr_t stack_top;   /* frames at or above this are not the student's */
    uintptr_t stack_low;   /* where its stack ends; 0: not known */
    const void *parked;    /* our frame, while it waits for its turn; or NULL */
    unsigned serial;       /* of the threads created, which one */
    unsigned born;         /* the story's length when it was created */
    unsigned ops;          /* wrapped calls so far */
    _Atomic unsigned naps; /* sleeps and yields so far */
    int woken_from;        /* condition it left by a spurious wake-up and
                              has not waited on again since; or -1 */
    struct rt_stack woken_at;
    int woken_levels; /* functions it was in then, up to the first access */
    struct rt_level woken_in[RT_LEVELS];
    struct rt_signal signal; /* that woke it last */
    struct rt_signal passed; /* since it waits, the last that woke another */
    int held_count;
    struct rt_held held[RT_HELD];
    int unlisted;          /* read locks that did not fit there */
    _Atomic bool sampled;  /* the sampling signal has filled `wait` */
    _Atomic bool in_place; /* and has found a jump to itself */
    uint64_t rng;
    uint32_t clock[RT_THREADS]; /* create/join/post order, see order.c */
};

enum rt_type {
    RT_MUTEX,
    RT_COND,
    RT_RWLOCK,
    RT_SEM,
    RT_BARRIER,
    RT_ONCE,
    RT_FUTEX
};

struct rt_object {
    uintptr_t addr;
    bool gone; /* destroyed or freed: kept for the reports only */
    bool destroyed;
    int destroyed_by; /* thread */
    uintptr_t destroyed_pc;
    int type;
    bool shared; /* with other processes */
    int owner;   /* thread that holds it exclusively, or -1; once: runs it */
    int depth;   /* recursive acquisitions */
    int users;   /* waiters (condition), readers (rwlock) */
    uintptr_t init_pc, acquired_pc, first_pc;
    unsigned acquired_step;
    int acquired_by; /* thread */
    int partner;     /* condition: the mutex its current waiters use, or -1 */
    int count; /* barrier: parties; semaphore: initial value; once: done */
    /* condition: the last signal or broadcast that found nobody waiting */
    uintptr_t lost_pc;
    int lost_thread;
    uint32_t lost_after; /* waits begun on it before that signal */
    unsigned lost_step;  /* and steps */
    bool missed;         /* whoever waited next had its mutex locked already */
    uint32_t waits_begun, signals; /* semaphore: posts by a thread that had
                                      taken no permit */
    struct rt_signal wasted; /* condition: the last signal, if whoever it woke
                                waits again and has done nothing */
};

/* Facts proved by the wrapped calls, one kind per value. */
enum rt_note_kind {
    NOTE_UNLOCK_NOT_HELD,
    NOTE_UNLOCK_NOT_OWNER,
    NOTE_DESTROY_IN_USE,
    NOTE_WAIT_WITHOUT_MUTEX,
    NOTE_TWO_MUTEXES,
    NOTE_JOIN_TWICE,
    NOTE_JOIN_DETACHED,
    NOTE_JOIN_SELF,
    NOTE_JOIN_UNKNOWN,
    NOTE_DETACH_TWICE,
    NOTE_MISSING_JOIN,
    NOTE_EXIT_HOLDING,
    NOTE_LOCK_ORDER,
    NOTE_CALLED_EXIT,
    NOTE_CALLED_FORK,
    NOTE_TOO_MANY_THREADS,
    NOTE_NOT_MADE,
    NOTE_COPIED,
    NOTE_NEVER_MADE,
    NOTE_NOT_JOINED,         /* a program's thread; nothing was lost by it */
    NOTE_CUT_SHORT,          /* ... and this one had something left to say */
    NOTE_CUT_SHORT_DETACHED, /* a detached one */
    NOTE_USE_AFTER_FREE,
    NOTE_FREED_TWICE,
    NOTE_BESIDE_BLOCK,
    NOTE_USE_AFTER_RETURN,
    NOTE_DESTROYED,
    NOTE_FORKED_LOCK,
    NOTE_BAD_TIME,
    NOTE_CANCELLED_HOLDING,
    NOTE_SPURIOUS, /* went on after a spurious wake-up (no fault as such) */
    NOTE_KINDS
};

struct rt_note {
    int kind, thread, object, other; /* other: a thread or a second object */
    struct rt_stack at, also;        /* also: the other half of the story */
    char word[24];                   /* name of the call */
    bool again; /* spurious: it waited at that place once more later */
};

struct rt_access {
    int thread, size;
    bool write, atomic, frees;
    struct rt_stack at;
};

struct rt_report { /* one TSan report */
    char what[40]; /* TSan's own word: data-race, heap-use-after-free, ... */
    struct rt_access access[2];
    int accesses;
    uintptr_t addr;
    char where[12];   /* global, heap, stack, tls, fd, library */
    char library[12]; /* the function that keeps something there */
    uintptr_t start;
    size_t size;
    int where_thread;
    struct rt_stack allocated;
    int lock_count;
    int locks[4];          /* objects that either side held; -1 unknown */
    int held_now[RT_HELD]; /* objects the reporting thread holds */
    int held_count;
    int reporter;
};

struct rt_edge { /* thread `thread` took `to` while it held `from` */
    int from, to, thread;
    uintptr_t from_pc;
    struct rt_stack at;
    int gate_count;
    int gates[RT_HELD]; /* everything it held, semaphores included */
    uint32_t stamp;     /* its own clock at that moment */
    uint32_t clock[RT_THREADS];
};

/* How this run is disturbed; see noise.c. Times of one run are told by the
 * plan and the seed alone. */
enum rt_noise {
    NOISE_QUIET,
    NOISE_YIELD,
    NOISE_CONTROL /* no noise: every decision is ours, see scheduler.c */
};

struct rt_plan {
    int noise;
    uint64_t seed; /* yield: where and how long */
};

/* A decision that differs from what the base schedule does: at decision
 * number `number` since the `op`-th wrapped call of `thread`, thread `chosen`
 * was chosen. */
struct rt_choice {
    int thread;
    unsigned op;
    int number, chosen;
};

/* What a stretch of a thread did to a thing that others can touch, too. */
enum rt_touch_kind {
    TOUCH_READ,
    TOUCH_WRITE,
    TOUCH_LOCK, /* waits until it is free */
    TOUCH_UNLOCK,
    TOUCH_SHARE, /* the same for readers, who do not mind one another */
    TOUCH_UNSHARE,
    TOUCH_END /* a thread ends; another joins it */
};

struct rt_touch {
    uintptr_t id; /* an address */
    enum rt_touch_kind kind;
};

/* One decision of a search and what came of it: search.h. */
struct rt_event {
    uint64_t ready;     /* the threads, or outcomes, to choose among */
    int thread, before; /* who runs on, and who had the turn; -1: it gave way
                           by itself, so that nobody is preempted */
    int outcome;
    bool pick; /* an outcome was chosen, not a thread */
    int touch_count;
    struct rt_touch touch[RT_TOUCHES];
};

/* A thread that a search need not try, until something it would touch next is
 * touched. */
struct rt_sleeper {
    int thread, touch_count;
    struct rt_touch touch[RT_TOUCHES];
};

/* The schedule of a controlled run: who decides, and with what. */
struct rt_schedule {
    int strategy; /* index into strategies, strategy.h */
    uint64_t seed;
    unsigned per_mille; /* random walk: how often it switches */
    unsigned depth;     /* PCT: bug depth */
    unsigned length;    /* PCT: steps expected */
    int victim;         /* starve, favour: whom ... */
    unsigned from;      /* ... from, and up to which of its wrapped calls;
                           turns: see there */
    bool hasty;         /* sleepers and timed waits may end at any moment */
    bool spurious;      /* so may condition waits */
    bool weak;          /* loads may return older values, see history.h */
    unsigned number;    /* which one of the mix it is, if it is */
    int choice_count;   /* replay: what to do otherwise than the base; the
                           server's memory, of which a child has a copy */
    const struct rt_choice *choices;
    /* search: whom to choose at the first events, and who sleeps at the last
     * of them; the server's memory, too. */
    int prefix_length, sleeper_count;
    const unsigned char *prefix;
    const struct rt_sleeper *sleepers;
};

enum rt_op {
    OP_START,
    OP_END, /* cancelled by `other`; at the call it was blocked in */
    OP_CREATE,
    OP_JOIN,
    OP_LOCK,
    OP_TRY_FAILED,
    OP_UNLOCK,
    OP_WAIT,
    OP_WAKE, /* the wait is over; `why` says how */
    OP_SIGNAL,
    OP_BROADCAST,
    OP_TAKE, /* a permit of a semaphore */
    OP_POST,
    OP_ARRIVE, /* at a barrier */
    OP_SLEEP,
    OP_BLOCK, /* could not go on: waits for `object` or `other` */
    OP_ONCE,  /* begins to initialise */
    OP_ONCE_DONE,
    OP_LOAD, /* atomically, as the next two */
    OP_STORE,
    OP_UPDATE,
    OP_READ, /* plain accesses that race; `other`: with that one, here */
    OP_WRITE,
    OP_FREE,  /* as those two, of a block that others use */
    OP_STALE, /* an atomic load of an older value */
    OP_WEAK_FAILED,
    OP_REFUSED,     /* a compare-exchange that found something else; any other
                       that leaves what it found */
    OP_CANCEL,      /* asks `other` to end */
    OP_KILL,        /* sends `other` a signal */
    OP_KILL_ALL,    /* sends the process one */
    OP_INTERRUPTED, /* by a handler: the call it was blocked in fails */
    OP_CALL, /* of the system, on a descriptor or on many: `call`, `value` */
    OP_KINDS
};

struct rt_step { /* one line of the story */
    unsigned char thread, op, why;
    short object, other; /* other: a thread */
    bool valued;         /* of an atomic object or a variable: `value` */
    bool switched;       /* a choice led to it that is not the base's */
    bool relaxed;        /* an atomic access that orders nothing */
    int64_t value;
    uintptr_t addr;   /* of that; 0: it has none */
    const char *call; /* OP_CALL: its name */
    uintptr_t pc;
};

enum rt_end {
    END_NONE, /* the child is gone and did not say why */
    END_COMPLETED,
    END_FAILED, /* an assertion failed */
    END_SKIPPED,
    END_DEADLOCK, /* proved inside the child */
    END_STUCK,    /* proved by the server: every thread sleeps for ever */
    END_SPIN,     /* others burn CPU while the one that could help is paused */
    END_TIMEOUT,
    END_MEMORY, /* more memory than a run may use */
    END_CRASH,  /* a fatal signal, caught by our handler */
    END_TOOL,   /* a sanitizer stopped the run; its words are in `text` */
    END_UNFIT,  /* not for fibers, fiber.h: to be made again without */
    END_KINDS
};

struct rt_failure {
    char file[128];
    unsigned line;
    int thread;
    char message[512];
};

struct rt_sysv {
    int id;
    bool queue; /* else a set of semaphores */
};

/* What a search does not try, though the run had occasion for it. */
enum rt_left_out { LEFT_OLDER_VALUES = 1, LEFT_WEAK_FAILURES = 2 };

struct run {
    _Atomic uint32_t lock; /* rt_lock */
    uint64_t cookie;       /* what a true ending must carry */
    struct rt_plan plan;
    int server; /* its process id */
    bool check_leaks;
    bool debugged; /* stop where it fails, for a debugger */
    bool fibers;   /* a controlled run without kernel threads, fiber.h */

    _Atomic int end; /* enum rt_end, valid with the cookie only */
    uint64_t end_cookie;
    int crash_signal;
    uintptr_t crash_addr;
    bool crash_full; /* there was no more stack */
    int crash_thread;
    struct rt_stack crash;
    int cycle_count;
    int cycle[RT_THREADS];

    int exit_status;         /* of a whole program, program.c */
    struct rt_stack exit_at; /* where it called exit */
    _Atomic bool afterlife;  /* it has ended; what follows does not count */
    unsigned after_steps;    /* until then */
    long printed;            /* before it */

    unsigned threads_made, most_alive;
    _Atomic int thread_count; /* records in use */
    struct rt_thread threads[RT_THREADS];
    int object_count;
    struct rt_object objects[RT_OBJECTS];

    _Atomic unsigned passed; /* assertions */
    int failure_count;
    struct rt_failure failure;

    int note_count;
    struct rt_note notes[RT_NOTES];
    int report_count, reports_seen;
    struct rt_report reports[RT_REPORTS];
    int edge_count;
    struct rt_edge edges[RT_EDGES];
    struct rt_sites loops; /* calls that wait on a condition: woken for no
                              reason, a thread looked and waited again */
    struct rt_sites late;  /* the same: a thread was signalled, and another took
                              the mutex before it had that again */
    bool nests;            /* somebody took an object while it held one */
    bool cancels;          /* somebody was asked to end */

    /* The scheduler, scheduler.c; written by whoever has the turn. */
    struct rt_schedule schedule;
    _Atomic uint32_t all_left; /* futex: 1 when every thread has ended */
    int current;               /* who has the turn; -1: nobody, all are out */
    uint64_t now;              /* virtual ns since the start */
    bool helped; /* while nobody has the turn: another process, or a timer, may
                  * end a wait */
    int timer_count; /* those that run on the machine's clock, wrap_timer.c */
    timer_t timers[RT_TIMERS];
    _Atomic bool owed; /* a signal whose time has come is to be sent */
    int sysv_count;    /* sets and queues of its own, see wrap_sysv.c */
    struct rt_sysv sysv[RT_SYSV];
    uint64_t next;        /* while nobody has the turn: the next deadline */
    uint64_t followed_ns; /* the machine's clock when `now` last followed it */
    /* Both clocks, when the first of the processes was forked that were not
     * waited for yet; 0: there is none. */
    uint64_t forked_at, forked_ns;
    uint64_t rng;
    unsigned steps, decisions;
    unsigned points;  /* times the strategy was, or could have been, asked */
    unsigned changed; /* the last step that changed anything for anybody */
    unsigned looked;  /* the last one that looked for a change */
    unsigned alarms;  /* times that only the clock woke anybody, in a row ... */
    uint64_t alarms_from; /* ... and what it showed before */
    bool named;           /* it has used names of its own, see wrap_named.c */
    bool has_help;    /* a process it forked, or a timer, may go on with it */
    bool signalled;   /* a thread has sent a signal to this process */
    bool foreign;     /* the C library starts threads of its own */
    bool endless;     /* the program need not come to an end */
    bool starve_over; /* the victim may run again */
    int spinner;      /* END_SPIN, where the scheduler saw it: who; or -1 */
    unsigned revoked; /* times the server took the turn away */
    uint32_t lowest;  /* strategies: below every priority so far */
    uint64_t change_at[8]; /* PCT: steps at which priorities change */
    uint64_t trace;        /* a hash of all decisions */
    int told_taken;        /* of taken_count, those before the last step */
    int taken_count;       /* choices that differ from the base ... */
    bool taken_all;        /* ... and whether all are there */
    struct rt_choice taken[RT_CHOICES];
    int event_count; /* search */
    struct rt_event events[RT_EVENTS];
    bool pruned;         /* all that could run were asleep */
    bool diverged;       /* it could not follow its schedule */
    bool weakened;       /* a load or a weak compare-exchange was unkind */
    unsigned left_out;   /* ... or could have been: enum rt_left_out */
    bool unmodelled;     /* something else decides as well */
    unsigned step_count; /* the ring's next place */
    struct rt_step story[RT_STEPS];

    _Atomic int held_back; /* the thread that is starved, or -1 */
    int create_budget;     /* tl_fail_create: -1 is off */
    int create_then;       /* what it is after a failure */
    unsigned tool_errors;  /* Helgrind: errors of this run */
    size_t text_length;
    char text[RT_TEXT]; /* ASan's own words */
};

extern struct run *rt; /* the shared page; set before the first fork */

/* rt_lock. Any thread; not recursive; never held across a blocking call. The
 * server only tries: whoever holds it may have ended with it. */
void rt_lock(void);
bool rt_try_lock(void);
void rt_unlock(void);

/* Raw futex on a 32-bit word of `struct run`. */
void rt_futex_wait(_Atomic uint32_t *word, uint32_t value);
/* The same; true if the handler of a signal has run that ends such a wait. */
bool rt_futex_sleep(_Atomic uint32_t *word, uint32_t value, enum rt_eintr how);
void rt_futex_wake(_Atomic uint32_t *word);

/* The beginning of a file, as a string, by raw calls that nobody follows. False
 * if there is none. Any thread. */
bool rt_slurp(const char *path, char *buf, size_t size);

/* The calling thread's record; creates one for a thread we did not start. */
struct rt_thread *rt_self(void);
void rt_bind(int index); /* make record `index` the calling thread's */
extern __thread int rt_self_index __attribute__((tls_model("initial-exec")));
static inline bool rt_bound(void) /* has it got one? Not in the server. */
{
    return rt_self_index >= 0;
}
static inline int rt_index(const struct rt_thread *t)
{
    return (int)(t - rt->threads);
}

/* Fill `out` with the callers of the function whose frame is `frame`. */
void rt_walk(struct rt_stack *out, const void *frame, uintptr_t top);
/* The stack above a wrapper. A macro, because the frame must be its own. */
#define RT_CALLER_STACK(out, t) \
    rt_walk((out), __builtin_frame_address(0), (t)->stack_top)
#define RT_CALLER ((uintptr_t)__builtin_return_address(0))
/* The caller, at `frame`, is about to end by `sig`: end the run, unless the
 * program handles that signal. */
void rt_crash(int sig, const void *frame);

void rt_handlers_install(void); /* crash and sampling signals, in the child */
void rt_handlers_remove(void);  /* of crashes: those that are still ours */
/* True if the program has a handler for `sig`; `now` is filled anyway. */
bool rt_handled(int sig, struct sigaction *now);
/* The calling thread's own stack, with what it keeps above its frames. False if
 * that is not known. */
bool rt_own_stack(uintptr_t *out_low, uintptr_t *out_top);
void rt_handlers_prepare(void); /* the server, once */
void rt_alt_stack(int index);   /* a signal stack for record `index` */
#define RT_SAMPLE_SIGNAL (SIGRTMAX - 3)

/* Objects: find or make the record of the thing at `addr`. rt_lock held. */
int rt_object(const void *addr, enum rt_type type, uintptr_t pc);
int rt_object_find(const void *addr, enum rt_type type);
void rt_object_forget(int object);
void rt_forget_range(uintptr_t from, uintptr_t to);

/* Lock ownership. The caller holds rt_lock. */
void rt_acquired(struct rt_thread *t, int object, uintptr_t pc);
bool rt_released(struct rt_thread *t, int object); /* false: not held by t */
bool rt_holds(const struct rt_thread *t, int object);

/* Waiting. rt_block records the wait and ends the run if it closes a cycle;
 * rt_unblock takes the record back. Neither is called with rt_lock held. */
void rt_block(struct rt_thread *t, enum rt_state state, int object, int thread,
              const void *frame);
void rt_unblock(struct rt_thread *t);
/* Ends the run if the wait of `t` is part of a cycle. rt_lock held. */
void rt_find_cycle(struct rt_thread *t);

/* Milliseconds until an absolute deadline, on whichever of the real-time and
 * monotonic clocks it can be meant for; 0 if it has passed. */
long rt_remaining_ms(const struct timespec *deadline);

/* Lock order (order.c). rt_lock held. */
void rt_order_acquire(struct rt_thread *t, int object,
                      const struct rt_stack *at);
void rt_order_forget(int object);
void rt_order_judge(void); /* at the end of the run */
void rt_clock_fork(struct rt_thread *parent, struct rt_thread *child);
void rt_clock_join(struct rt_thread *into, const struct rt_thread *from);

/* Called before every wrapped call and after the ones that release something:
 * may let others go first. */
void rt_point(struct rt_thread *t);
/* The same before a call that changes nothing for anybody, or not if it is in
 * vain: a try, a yield, a sleep, a look at the clock. */
void rt_look(struct rt_thread *t);
void rt_went_on(struct rt_thread *t); /* after a spurious wake-up, if so */
void rt_threads_prepare(void);        /* wrap_thread.c; the server, once */

/* Ends the calling thread in the eyes of the others; it sleeps for ever. */
void rt_thread_over(struct rt_thread *t) __attribute__((noreturn));

/* Runs `fn`, with all signals blocked, as the thread of record 0 and returns
 * when all threads have ended: the calling thread then goes on as record 0. */
void rt_first_thread(void *(*fn)(void *), void *arg);
void rt_forks_prepare(void); /* wrap_fork.c; the server, once */

void rt_note(enum rt_note_kind kind, struct rt_thread *t, int object, int other,
             const struct rt_stack *at, const struct rt_stack *also,
             const char *word);

/* End the run. `end` is written with the cookie, then the process is gone:
 * no atexit handler, no sanitizer epilogue. Any thread of the child. */
void rt_finish(enum rt_end end) __attribute__((noreturn));

/* Called first by rt_finish while `afterlife` is set. */
extern void (*rt_epilogue)(void);

/* True in a process that the run has forked (wrap_fork.c). It is no part of
 * the run: it keeps its books on pages of its own, which nobody reads. */
bool rt_forked(void);

/* A thread of such a process waits for the mutex `object`, in the call `word`
 * at `at`. Ends the run if that is for ever: its owner is not in there. */
void rt_forked_wait(int object, const struct rt_stack *at, const char *word);

/* What the program was started with, for a case that wants it. */
extern int rt_argc;
extern char **rt_argv;

/* A check of the program or the test does not hold; the first one counts. */
void rt_fail(const char *file, unsigned line, const char *message);

/* True if a timer of the program is to go off on the machine's clock
 * (wrap_timer.c). */
bool rt_timer_runs(void);

/* `t` has sent `sig`: returns when whoever got it has run its handler, as far
 * as the first call that needs the turn. Nobody may be told before that nothing
 * will happen any more. Controlled runs; without rt_lock. */
void rt_await_handlers(const struct rt_thread *t, int sig);

/* True if the thread with this kernel id does not block `sig`. */
bool rt_lets_in(int tid, int sig);

/* The tools behind the case (tools.c). */
void rt_tools_settle(void);    /* makes forks cheap; the server, once */
void rt_tools_child(void);     /* first thing in a child */
void rt_tools_handlers(void);  /* runs handlers that TSan has put off */
void rt_tools_release(void *); /* tells TSan of an order that it cannot see: */
void rt_tools_acquire(void *); /* all before the one comes before the other */
/* Between these two TSan takes what it sees for the call made at `pc`; without
 * them the program's own frame is not in its stacks. */
void rt_tools_enter(uintptr_t pc);
void rt_tools_leave(void);
/* Tells TSan and ASan what a call made at `pc` does that they do not see. */
void rt_tools_touch(void *, size_t, bool write, uintptr_t pc);
void rt_tools_stores(void *, size_t); /* tells ASan what a library will store */
bool rt_tools_leaks(void);            /* true if ASan found a leak */
const char *rt_tools_name(void);      /* plain, asan, tsan, helgrind */
unsigned rt_tools_errors(void); /* Helgrind: errors so far in this process */

/* Add to rt->text, for the server's answer. */
void rt_text_add(const char *text);

#endif
