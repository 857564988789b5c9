/* SPDX-License-Identifier: MIT */
/* test_check.c - `threadlab check` from its command line to its exit status:
 * small programs in a folder of their own, and what is said about them.
 *
 * Each test has its own TMPDIR and cache. After every command the one is
 * empty, and no process is left that runs from the other. */
#include "cases.h"
#include "file.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <jansson.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define CHECK    "build/threadlab check -p quick -e explore "

static const char sums[] =
    "#include <assert.h>\n"
    "#include <pthread.h>\n"
    "static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;\n"
    "static int sum;\n"
    "static void *add(void *arg)\n"
    "{\n"
    "    pthread_mutex_lock(&lock);\n"
    "    sum++;\n"
    "    pthread_mutex_unlock(&lock);\n"
    "    return arg;\n"
    "}\n"
    "int main(void)\n"
    "{\n"
    "    pthread_t t;\n"
    "    pthread_create(&t, NULL, add, NULL);\n"
    "    add(NULL);\n"
    "    pthread_join(t, NULL);\n"
    "    assert(sum == 2);\n"
    "    return 0;\n"
    "}\n";

/* Two threads take `a` and `b` in both orders; FIRST is what main does
 * between starting the one and being the other. */
#define CROSSED(first)                                              \
    "#include <pthread.h>\n"                                        \
    "static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;\n"       \
    "static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;\n"       \
    "static void take(pthread_mutex_t *x, pthread_mutex_t *y)\n"    \
    "{\n"                                                           \
    "    pthread_mutex_lock(x);\n"                                  \
    "    pthread_mutex_lock(y);\n"                                  \
    "    pthread_mutex_unlock(y);\n"                                \
    "    pthread_mutex_unlock(x);\n"                                \
    "}\n"                                                           \
    "static void *other(void *arg) { take(&b, &a); return arg; }\n" \
    "int main(int argc, char **argv)\n"                             \
    "{\n"                                                           \
    "    pthread_t t;\n"                                            \
    "    pthread_create(&t, NULL, other, NULL);\n"                  \
    "    " first "\n"                                               \
    "    take(&a, &b);\n"                                           \
    "    pthread_join(t, NULL);\n"                                  \
    "    return argc > 99 ? argv[0][0] : 0;\n"                      \
    "}\n"
static const char deadlocks[] = CROSSED("");
static const char inverts[] =
    CROSSED("pthread_join(t, NULL); pthread_create(&t, NULL, other, NULL); "
            "pthread_join(t, NULL); take(&a, &b); return 0;");

/* A folder with the program under test in it, and what it said last. */
struct place {
    TALLOC_CTX *ctx;
    const char *folder;
    int status;
    char *out, *err;
};

static char *path(const struct place *p, const char *name)
{
    return talloc_asprintf(p->ctx, "%s/%s", p->folder, name);
}

static void add(const struct place *p, const char *name, const char *text)
{
    cases_write(path(p, name), text);
}

static struct place place(void)
{
    struct place p = {.ctx = talloc_new(NULL)};
    char here[PATH_MAX];

    p.folder = cases_folder(p.ctx);
    cr_assert_not_null(getcwd(here, sizeof here));
    cr_assert_eq(file_make_dirs(path(&p, "build")), 0);
    cr_assert_eq(file_make_dirs(path(&p, "tmp")), 0);
    /* So that the commands it prints can be given there. */
    cr_assert_eq(symlink(talloc_asprintf(p.ctx, "%s/build/threadlab", here),
                         path(&p, "build/threadlab")),
                 0);
    return p;
}

static bool runs_from(const char *pid, const char *folder)
{
    char link[300], exe[PATH_MAX] = "";

    snprintf(link, sizeof link, "/proc/%s/exe", pid);
    return readlink(link, exe, sizeof exe - 1) > 0 &&
           strncmp(exe, folder, strlen(folder)) == 0;
}

static void expect_nothing_left(const struct place *p, const char *command)
{
    DIR *d = opendir(path(p, "tmp"));
    const struct dirent *e;

    cr_assert_not_null(d);
    while ((e = readdir(d)) != NULL) {
        cr_expect_eq(e->d_name[0], '.', "%s leaves %s", command, e->d_name);
    }
    closedir(d);
    d = opendir("/proc");
    cr_assert_not_null(d);
    while ((e = readdir(d)) != NULL) {
        cr_expect_not(runs_from(e->d_name, p->folder), "%s leaves process %s",
                      command, e->d_name);
    }
    closedir(d);
}

/* Give a command in that folder, without any input of its own. */
static void give(struct place *p, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void give(struct place *p, const char *format, ...)
{
    char *command, *line;
    va_list ap;

    va_start(ap, format);
    command = talloc_vasprintf(p->ctx, format, ap);
    va_end(ap);
    line = talloc_asprintf(p->ctx,
                           "cd %s && export TMPDIR=$PWD/tmp NO_COLOR=1 "
                           "THREADLAB_CACHE=$PWD/cache && "
                           "{ %s\n} >out 2>err </dev/null",
                           p->folder, command);
    p->status = system(line);
    cr_assert(WIFEXITED(p->status), "%s", command);
    p->status = WEXITSTATUS(p->status);
    cr_assert_eq(file_read(p->ctx, path(p, "out"), &p->out, NULL), 0);
    cr_assert_eq(file_read(p->ctx, path(p, "err"), &p->err, NULL), 0);
    expect_nothing_left(p, command);
}

#define EXPECT_STATUS(p, expected)                                           \
    cr_expect_eq((p).status, (expected), "exit status %d\n%s%s", (p).status, \
                 (p).out, (p).err)
#define EXPECT_SAYS(text, part) \
    cr_expect_not_null(strstr((text), (part)), "no `%s` in:\n%s", part, text)

/* -- the result file ---------------------------------------------------------
 */

static const char *str(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));

    return s != NULL ? s : "";
}

/* The only exercise in the result file `text`. */
static json_t *exercise(const char *text)
{
    json_error_t error;
    json_t *all = json_loads(text, JSON_REJECT_DUPLICATES, &error), *list, *e;

    cr_assert_not_null(all, "line %d: %s\n%s", error.line, error.text, text);
    cr_expect(json_is_true(json_object_get(all, "complete")));
    list = json_object_get(all, "exercises");
    cr_assert_eq(json_array_size(list), 1);
    e = json_incref(json_array_get(list, 0));
    json_decref(all);
    return e;
}

static const json_t *finding(const json_t *e, size_t i)
{
    return json_array_get(json_object_get(e, "findings"), i);
}

/* -- what to run -------------------------------------------------------------
 */

Test(check, several_files_make_one_program)
{
    struct place p = place();

    cr_assert_eq(file_make_dirs(path(&p, "include")), 0);
    add(&p, "include/half.h", "int half(int n);\n#define SMALL 1\n");
    add(&p, "half.c",
        "#include \"half.h\"\nint half(int n) { return n / 2; }\n");
    add(&p, "main.c",
        "#include \"half.h\"\n#include <assert.h>\n"
        "int main(void) { assert(half(WHOLE) == 21 && SMALL); return 0; }\n");
    give(&p, CHECK "--cflags '-I include -DWHOLE=42' main.c half.c");
    EXPECT_STATUS(p, 0);
    EXPECT_SAYS(p.out, "main.c");
    give(&p, CHECK "--cflags '-I include -DWHOLE=40' main.c half.c");
    EXPECT_STATUS(p, 1);
    EXPECT_SAYS(p.out, "assertion-failed");
    give(&p, CHECK "--cflags -DWHOLE=42 main.c half.c");
    EXPECT_STATUS(p, 1);
    EXPECT_SAYS(p.out, "build-error");
    EXPECT_SAYS(p.out, "half.h");
    talloc_free(p.ctx);
}

/* Even what looks like options and files of check's own. */
Test(check, what_follows_two_dashes_is_for_the_program)
{
    struct place p = place();

    add(&p, "args.c",
        "#include <assert.h>\n#include <string.h>\n"
        "int main(int argc, char **argv)\n{\n"
        "    assert(argc == 6 && argv[6] == NULL);\n"
        "    assert(strcmp(argv[1], \"two words\") == 0);\n"
        "    assert(strcmp(argv[2], \"--strict\") == 0);\n"
        "    assert(strcmp(argv[3], \"\") == 0);\n"
        "    assert(strcmp(argv[4], \"--\") == 0);\n"
        "    assert(strcmp(argv[5], \"args.c\") == 0);\n"
        "    return 0;\n}\n");
    give(&p, CHECK "args.c -- 'two words' --strict '' -- args.c");
    EXPECT_STATUS(p, 0);
    give(&p, CHECK "args.c");
    EXPECT_STATUS(p, 1);
    EXPECT_SAYS(p.out, "args.c:5");
    give(&p, CHECK "args.c -- 1 2 3 4 5");
    EXPECT_STATUS(p, 1);
    EXPECT_SAYS(p.out, "args.c:6");
    talloc_free(p.ctx);
}

/* Every run gets all of it. A pipe is left alone unless asked for. */
Test(check, standard_input_is_a_file_or_a_pipe)
{
    static const struct {
        const char *command;
        int status;
    } commands[] = {{CHECK "--stdin numbers sum.c", 0},
                    {CHECK "sum.c <numbers", 0},
                    {"cat numbers | " CHECK "--stdin - sum.c", 0},
                    {CHECK "--stdin sum.c sum.c", 1},
                    {CHECK "sum.c", 1},
                    {"cat numbers | " CHECK "sum.c", 1}};
    struct place p = place();

    add(&p, "numbers", "1 2 3 4\n");
    add(&p, "sum.c",
        "#include <assert.h>\n#include <stdio.h>\nint main(void)\n{\n"
        "    int n, sum = 0;\n"
        "    while (scanf(\"%d\", &n) == 1) { sum += n; }\n"
        "    assert(sum == 10);\n    return 0;\n}\n");
    for (size_t i = 0; i < COUNT(commands); i++) {
        give(&p, "%s", commands[i].command);
        cr_expect_eq(p.status, commands[i].status, "%s: %d\n%s%s",
                     commands[i].command, p.status, p.out, p.err);
    }
    talloc_free(p.ctx);
}

/* -- what is an error --------------------------------------------------------
 */

Test(check, a_right_program_passes_and_a_wrong_one_fails)
{
    struct place p = place();

    add(&p, "sums.c", sums);
    give(&p, CHECK "sums.c");
    EXPECT_STATUS(p, 0);
    EXPECT_SAYS(p.out, "passed");
    cr_expect_str_eq(p.err, "");
    add(&p, "deadlocks.c", deadlocks);
    give(&p, CHECK "deadlocks.c");
    EXPECT_STATUS(p, 1);
    EXPECT_SAYS(p.out, "deadlock  main  deadlocks.c:7");
    give(&p, CHECK "-q deadlocks.c");
    EXPECT_STATUS(p, 1);
    cr_expect_null(strstr(p.out, "deadlocks.c"), "%s", p.out);
    talloc_free(p.ctx);
}

/* Two threads count without a lock; END is what main does then. */
#define RACES(end)                                    \
    "#include <pthread.h>\n"                          \
    "static long sum;\n"                              \
    "static void *count(void *arg)\n"                 \
    "{\n"                                             \
    "    for (int i = 0; i < 1000; i++) { sum++; }\n" \
    "    return arg;\n"                               \
    "}\n"                                             \
    "int main(void)\n"                                \
    "{\n"                                             \
    "    pthread_t t;\n"                              \
    "    pthread_create(&t, NULL, count, NULL);\n"    \
    "    count(NULL);\n"                              \
    "    pthread_join(t, NULL);\n"                    \
    "    " end "\n"                                   \
    "}\n"

Test(check, a_race_counts_though_the_run_was_cut_off)
{
    struct place p = place();

    add(&p, "race.c",
        RACES("for (volatile long i = 0; i >= 0; i++) { } return 0;"));
    give(&p, "build/threadlab check -p quick -e tsan race.c");
    EXPECT_STATUS(p, 1);
    EXPECT_SAYS(p.out, "data-race  main  race.c:5");
    talloc_free(p.ctx);
}

/* There are more ways through the recursion than stacks can be kept. */
static const char recursion[] =
    "#include <pthread.h>\n"
    "static int visited[2][1 << 16], last;\n"
    "static void visit(int *v, int depth)\n"
    "{\n"
    "    if (depth == 0) { (*v)++; (*v)--; return; }\n"
    "    visit(v, depth - 1);\n"
    "    visit(v + (1 << (depth - 1)), depth - 1);\n"
    "    (*v)++;\n"
    "}\n"
    "static void *walk(void *v)\n"
    "{\n"
    "    visit(v, 16);\n"
    "    last = 1;\n"
    "    return v;\n"
    "}\n"
    "int main(void)\n"
    "{\n"
    "    pthread_t t;\n"
    "    pthread_create(&t, NULL, walk, visited[0]);\n"
    "    walk(visited[1]);\n"
    "    return pthread_join(t, NULL);\n"
    "}\n";

Test(check, a_race_has_its_place_after_any_recursion)
{
    struct place p = place();

    add(&p, "race.c", recursion);
    give(&p, CHECK "race.c");
    EXPECT_STATUS(p, 1);
    EXPECT_SAYS(p.out, "data-race  main  race.c:13");
    EXPECT_SAYS(p.out, "two threads use `last`");
    talloc_free(p.ctx);
}

/* What orders the two is a relaxed flag, and main finds fault with something
 * else later. */
static const char frees[] =
    "#include <assert.h>\n#include <pthread.h>\n#include <stdatomic.h>\n"
    "#include <stdlib.h>\n"
    "static int *block;\n"
    "static atomic_int done, freed;\n"
    "static void *reads(void *arg)\n"
    "{\n"
    "    *(int *)arg = *block;\n"
    "    atomic_store_explicit(&done, 1, memory_order_relaxed);\n"
    "    return arg;\n"
    "}\n"
    "static void *cleans(void *arg)\n"
    "{\n"
    "    if (atomic_load_explicit(&done, memory_order_relaxed)) {\n"
    "        free(block);\n"
    "        freed = 1;\n"
    "    }\n"
    "    return arg;\n"
    "}\n"
    "int main(void)\n"
    "{\n"
    "    pthread_t t[2];\n"
    "    int seen;\n"
    "    block = calloc(1, sizeof *block);\n"
    "    pthread_create(&t[0], NULL, reads, &seen);\n"
    "    pthread_create(&t[1], NULL, cleans, NULL);\n"
    "    pthread_join(t[0], NULL);\n"
    "    pthread_join(t[1], NULL);\n"
    "    assert(!freed);\n"
    "    free(block);\n"
    "}\n";

Test(check, what_is_freed_too_early_has_a_story_that_ends_there)
{
    struct place p = place();

    add(&p, "frees.c", frees);
    give(&p, CHECK "-e explore frees.c");
    EXPECT_STATUS(p, 1);
    EXPECT_SAYS(p.out, "memory-error  main  frees.c:9");
    EXPECT_SAYS(p.out, "frees the block          :16  ← memory-error");
    EXPECT_SAYS(p.out, "memory_order_acq_rel");
    talloc_free(p.ctx);
}

/* Nothing has to come between the two: it is no race. */
Test(check, a_thread_that_frees_what_it_uses_itself_is_told_so)
{
    struct place p = place();

    add(&p, "own.c",
        "#include <pthread.h>\n#include <stdlib.h>\n"
        "static void *changes(void *block)\n{\n"
        "    free(block);\n"
        "    *(volatile int *)block = 1;\n    return NULL;\n}\n"
        "int main(void)\n{\n    pthread_t t;\n"
        "    pthread_create(&t, NULL, changes, malloc(4));\n"
        "    return pthread_join(t, NULL);\n}\n");
    give(&p, CHECK "-e tsan own.c");
    EXPECT_STATUS(p, 1);
    EXPECT_SAYS(p.out, "T1 frees it at own.c:5, and after that T1 writes at "
                       "own.c:6.");
    EXPECT_SAYS(p.out, "One thread does both");
    talloc_free(p.ctx);
}

Test(check, a_reader_that_wants_to_write_is_told_why_it_cannot)
{
    struct place p = place();

    add(&p, "upgrade.c",
        "#include <pthread.h>\n"
        "static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;\n"
        "static void *changes(void *arg)\n{\n"
        "    pthread_rwlock_rdlock(&lock);\n"
        "    pthread_rwlock_wrlock(&lock);\n    return arg;\n}\n"
        "int main(void)\n{\n    pthread_t t;\n"
        "    pthread_create(&t, NULL, changes, NULL);\n"
        "    return pthread_join(t, NULL);\n}\n");
    give(&p, CHECK "-e explore upgrade.c");
    EXPECT_STATUS(p, 1);
    EXPECT_SAYS(p.out, "deadlock  main  upgrade.c:6");
    EXPECT_SAYS(p.out, "Whoever has a read-write lock to read");
    talloc_free(p.ctx);
}

/* An optimiser would make one store of the two, at the line of neither. */
Test(check, what_two_branches_both_do_has_its_own_line)
{
    struct place p = place();

    add(&p, "append.c",
        "#include <stdlib.h>\n"
        "struct node { int value; struct node *next; };\n"
        "static struct node *head, *tail;\n"
        "static void append(void)\n{\n"
        "    struct node *n = malloc(sizeof *n);\n"
        "    n->next = NULL;\n"
        "    if (tail == NULL)\n        head = n;\n"
        "    else\n        tail->next = n;\n"
        "    tail = n;\n}\n"
        "int main(void)\n{\n    append();\n    free(head);\n    append();\n"
        "    return 0;\n}\n");
    give(&p, "build/threadlab check -p quick -e asan append.c");
    EXPECT_STATUS(p, 1);
    EXPECT_SAYS(p.out, "memory-error  main  append.c:11");
    talloc_free(p.ctx);
}

/* The C library has no frames to follow. */
Test(check, a_crash_in_the_library_shows_its_caller_once)
{
    struct place p = place();

    add(&p, "number.c",
        "#include <stdlib.h>\nint main(int argc, char **argv)\n{\n"
        "    return atoi(argv[argc]);\n}\n");
    give(&p, CHECK "-e explore number.c");
    EXPECT_STATUS(p, 1);
    EXPECT_SAYS(p.out, "main was at number.c:4. It used a pointer");
    EXPECT_SAYS(p.out, "return atoi(argv[argc]);\n\n");
    talloc_free(p.ctx);
}

/* Whoever is to blame for it: where everybody was says more. */
Test(check, of_a_program_without_an_end_its_threads_are_told)
{
    struct place p = place();

    add(&p, "ticks.c",
        "#include <pthread.h>\n#include <unistd.h>\n"
        "static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;\n"
        "static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;\n"
        "static int ticks;\n"
        "static void *tick(void *arg)\n{\n    for (;;) {\n"
        "        usleep(10000);\n        pthread_mutex_lock(&m);\n"
        "        ticks++;\n        pthread_mutex_unlock(&m);\n    }\n"
        "    return arg;\n}\n"
        "int main(void)\n{\n    pthread_t t;\n"
        "    pthread_create(&t, NULL, tick, NULL);\n"
        "    pthread_mutex_lock(&m);\n"
        "    while (ticks < 3) { pthread_cond_wait(&changed, &m); }\n"
        "    pthread_mutex_unlock(&m);\n    return 0;\n}\n");
    give(&p, CHECK "--seconds 1 ticks.c");
    EXPECT_STATUS(p, 0);
    EXPECT_SAYS(p.out, "main      waits to be signalled on `changed`");
    EXPECT_SAYS(p.out, "T1 (tick, started at ticks.c:19) ");
    EXPECT_SAYS(p.out, "This is advice");
    talloc_free(p.ctx);
}

/* Who posts it is not to be seen; it had no permit for anybody to give back. */
Test(check, a_semaphore_that_another_process_posts_is_no_lock)
{
    struct place p = place();

    add(&p, "forks.c",
        "#include <pthread.h>\n#include <semaphore.h>\n"
        "#include <sys/mman.h>\n#include <sys/wait.h>\n#include <unistd.h>\n"
        "static sem_t *full;\nstatic long sum;\n"
        "static void *take(void *arg)\n{\n"
        "    sem_wait(full);\n    sum++;\n    return arg;\n}\n"
        "int main(void)\n{\n    pthread_t t;\n"
        "    full = mmap(NULL, sizeof *full, PROT_READ | PROT_WRITE,\n"
        "                MAP_SHARED | MAP_ANONYMOUS, -1, 0);\n"
        "    sem_init(full, 1, 0);\n"
        "    if (fork() == 0) {\n"
        "        sem_post(full);\n        sem_post(full);\n"
        "        _exit(0);\n    }\n"
        "    pthread_create(&t, NULL, take, NULL);\n    take(NULL);\n"
        "    pthread_join(t, NULL);\n    wait(NULL);\n    return 0;\n}\n");
    give(&p, CHECK "forks.c");
    EXPECT_STATUS(p, 1);
    EXPECT_SAYS(p.out, "two threads use `sum`");
    EXPECT_SAYS(p.out, "Neither of them held a lock.");
    talloc_free(p.ctx);
}

/* No expression of the line is accessed there: a function does it. */
Test(check, what_a_call_does_to_an_array_has_the_name_of_the_array)
{
    struct place p = place();

    add(&p, "lines.c",
        "#include <pthread.h>\n#include <stdio.h>\n"
        "static char lines[2][32];\n"
        "static void *print(void *arg)\n{\n"
        "    snprintf(lines[1], sizeof lines[1], \"a line\");\n"
        "    return arg;\n}\n"
        "int main(void)\n{\n    pthread_t t;\n"
        "    pthread_create(&t, NULL, print, NULL);\n    print(NULL);\n"
        "    return pthread_join(t, NULL);\n}\n");
    give(&p, CHECK "-e explore lines.c");
    EXPECT_STATUS(p, 1);
    EXPECT_SAYS(p.out, "two threads use `lines`, and");
    talloc_free(p.ctx);
}

/* The debug information has its folders in two parts. */
Test(check, helgrind_sees_races_wherever_the_file_is)
{
    struct place p = place();

    cr_assert_eq(file_make_dirs(path(&p, "src/deep")), 0);
    add(&p, "src/deep/race.c", RACES("return 0;"));
    give(&p, "build/threadlab check -p quick -e helgrind %s",
         path(&p, "src/deep/race.c"));
    EXPECT_STATUS(p, 1);
    EXPECT_SAYS(p.out, "data-race  main");
    talloc_free(p.ctx);
}

Test(check, an_exit_status_is_an_error_if_another_was_asked_for)
{
    static const struct {
        const char *options;
        int status;
    } given[] = {{"-e asan", 0},
                 {"-e asan --expect-exit 3", 0},
                 {"-e asan --strict --expect-exit 3", 0},
                 {"-e asan --expect-exit 0", 1},
                 {"-e asan --strict", 1},
                 {"-e explore --expect-exit 3", 0},
                 {"-e explore --expect-exit 4", 1}};
    struct place p = place();

    add(&p, "three.c", "int main(void) { return 3; }\n");
    for (size_t i = 0; i < COUNT(given); i++) {
        give(&p, CHECK "%s three.c", given[i].options);
        cr_expect_eq(p.status, given[i].status, "%s: %d\n%s", given[i].options,
                     p.status, p.out);
        cr_expect_eq(strstr(p.out, "exit status 3") != NULL,
                     strstr(given[i].options, "exit 3") == NULL, "%s\n%s",
                     given[i].options, p.out);
    }
    talloc_free(p.ctx);
}

/* The story has no step at which it ends, but how it came about. */
Test(check, an_exit_status_has_its_story_and_the_last_words)
{
    struct place p = place();

    add(&p, "lost.c",
        "#include <pthread.h>\n#include <stdatomic.h>\n#include <stdio.h>\n"
        "static atomic_int n;\n"
        "static void *count(void *arg)\n{\n"
        "    int now = atomic_load(&n);\n"
        "    atomic_store(&n, now + 1);\n    return arg;\n}\n"
        "int main(void)\n{\n    pthread_t t;\n"
        "    pthread_create(&t, NULL, count, NULL);\n    count(NULL);\n"
        "    pthread_join(t, NULL);\n    printf(\"n is %d\\n\", n);\n"
        "    return n != 2;\n}\n");
    give(&p, CHECK "-e explore --expect-exit 0 lost.c");
    EXPECT_STATUS(p, 1);
    EXPECT_SAYS(p.out, "The last that it printed: n is 1");
    EXPECT_SAYS(p.out, "How it came about");
    talloc_free(p.ctx);
}

/* Advice is none of the explorer's business: it does not stop for it. */
Test(check, advice_is_an_error_if_strict)
{
    struct place p = place();
    json_t *e;

    add(&p, "inverts.c", inverts);
    give(&p, CHECK "-e asan --json - inverts.c");
    EXPECT_STATUS(p, 0);
    e = exercise(p.out);
    cr_expect_str_eq(str(e, "status"), "passed");
    cr_expect_str_eq(str(finding(e, 0), "kind"), "lock-order");
    cr_expect(json_is_true(json_object_get(finding(e, 0), "advisory")));
    json_decref(e);
    give(&p, CHECK "-e asan --strict --json - inverts.c");
    EXPECT_STATUS(p, 1);
    e = exercise(p.out);
    cr_expect_str_eq(str(e, "status"), "failed");
    cr_expect_str_eq(str(finding(e, 0), "kind"), "lock-order");
    cr_expect(json_is_false(json_object_get(finding(e, 0), "advisory")));
    json_decref(e);
    talloc_free(p.ctx);
}

Test(check, what_cannot_be_built_is_a_build_error)
{
    static const struct {
        const char *name, *text, *said;
    } programs[] = {{"nomain.c", "int f(void) { return 1; }\n",
                     "None of the files has a function main()."},
                    {"broken.c", "int main(void)\n{\n    return missing;\n}\n",
                     "broken.c:3:12: error:"},
                    {"lost.c",
                     "int missing(void);\nint main(void)\n{\n"
                     "    return missing();\n}\n",
                     "\nlost.c:4: undefined reference to `missing'"}};
    struct place p = place();

    for (size_t i = 0; i < COUNT(programs); i++) {
        json_t *e;
        add(&p, programs[i].name, programs[i].text);
        give(&p, CHECK "--json result %s", programs[i].name);
        EXPECT_STATUS(p, 1);
        EXPECT_SAYS(p.out, "build-error");
        EXPECT_SAYS(p.out, programs[i].said);
        cr_assert_eq(file_read(p.ctx, path(&p, "result"), &p.out, NULL), 0);
        e = exercise(p.out);
        cr_expect_str_eq(str(finding(e, 0), "kind"), "build-error");
        json_decref(e);
    }
    talloc_free(p.ctx);
}

/* -- wrong commands ----------------------------------------------------------
 */

static const struct {
    const char *args, *said;
} wrong[] = {
    {"", "which program?"},
    {"-- right.c", "which program?"},
    {".", "it is a folder"},
    {"right.c missing.c", "there is no file missing.c"},
    {"--replay junk right.c", "not a token: `junk`"},
    {"--replay check.explore.1 right.c", "not a token"},
    {"--replay check.nothing.1.q right.c", "no engine"},
    {"--replay check.explore.2.q right.c", "does not have"},
    {"--expect-exit 256 right.c", "not a number in range: `256`"},
    {"--expect-exit=-1 right.c", "not a number in range: `-1`"},
    {"--seconds 0 right.c", "not a number in range: `0`"},
    {"--seconds 1s right.c", "not a number in range: `1s`"},
    {"--seed '' right.c", "not a number in range: ``"},
    {"--seed 0x1ffffffffffffffff right.c", "not a number in range"},
    {"-j 0 right.c", "not a number in range: `0`"},
    {"-p hasty right.c", "there is no profile `hasty`"},
    {"-e explore,gdb right.c", "there is no engine `gdb`"},
    {"--stdin missing right.c", "cannot read missing"},
};

static size_t lines(const char *text)
{
    size_t n = 0;

    for (; *text != '\0'; text++) {
        n += *text == '\n';
    }
    return n;
}

Test(check, a_command_that_makes_no_sense_gets_one_clear_line)
{
    struct place p = place();

    add(&p, "right.c", "int main(void) { return 0; }\n");
    for (size_t i = 0; i < COUNT(wrong); i++) {
        give(&p, CHECK "%s", wrong[i].args);
        cr_expect_eq(p.status, 2, "%s: %d", wrong[i].args, p.status);
        cr_expect_str_eq(p.out, "", "%s: %s", wrong[i].args, p.out);
        cr_expect_eq(lines(p.err), 1, "%s: %s", wrong[i].args, p.err);
        cr_expect_eq(strncmp(p.err, "threadlab", 9), 0, "%s: %s", wrong[i].args,
                     p.err);
        EXPECT_SAYS(p.err, wrong[i].said);
    }
    talloc_free(p.ctx);
}

Test(check, an_unknown_option_is_named)
{
    struct place p = place();

    give(&p, CHECK "--nonsense right.c");
    EXPECT_STATUS(p, 2);
    EXPECT_SAYS(p.err, "'--nonsense'");
    EXPECT_SAYS(p.err, "threadlab check --help");
    give(&p, CHECK "--help");
    EXPECT_STATUS(p, 0);
    EXPECT_SAYS(p.out, "usage: threadlab check");
    talloc_free(p.ctx);
}

/* -- the result file, and replay ---------------------------------------------
 */

Test(check, the_result_on_stdout_is_json_and_nothing_else)
{
    struct place p = place();
    json_t *e;

    add(&p, "sums.c", sums);
    give(&p, CHECK "--json - sums.c");
    EXPECT_STATUS(p, 0);
    e = exercise(p.out);
    cr_expect_str_eq(str(e, "id"), "sums.c");
    cr_expect_str_eq(str(e, "status"), "passed");
    cr_expect_eq(json_array_size(json_object_get(e, "findings")), 0);
    json_decref(e);
    EXPECT_SAYS(p.err, "passed");
    add(&p, "deadlocks.c", deadlocks);
    give(&p, CHECK "--json - deadlocks.c");
    EXPECT_STATUS(p, 1);
    e = exercise(p.out);
    cr_expect_str_eq(str(e, "status"), "failed");
    cr_expect_str_eq(str(finding(e, 0), "kind"), "deadlock");
    cr_expect(json_is_true(json_object_get(finding(e, 0), "headline")));
    json_decref(e);
    EXPECT_SAYS(p.err, "deadlock");
    talloc_free(p.ctx);
}

Test(check, a_token_gives_the_same_kind_again)
{
    struct place p = place();
    json_t *e;
    char *token;

    add(&p, "deadlocks.c", deadlocks);
    give(&p, CHECK "--json - deadlocks.c");
    e = exercise(p.out);
    token = talloc_strdup(p.ctx, str(finding(e, 0), "replay"));
    json_decref(e);
    for (int i = 0; i < 3; i++) {
        give(&p, CHECK "--replay %s deadlocks.c", token);
        EXPECT_STATUS(p, 1);
        EXPECT_SAYS(p.out, "deadlock  main  deadlocks.c:7");
    }
    give(&p, CHECK "--json - --replay %s deadlocks.c", token);
    EXPECT_STATUS(p, 1);
    e = exercise(p.out);
    cr_expect_str_eq(str(finding(e, 0), "kind"), "deadlock");
    json_decref(e);
    /* The base schedule is another run, and goes well. */
    give(&p, CHECK "--replay check.explore.1.c deadlocks.c");
    EXPECT_STATUS(p, 0);
    EXPECT_SAYS(p.out, "This time the run passed");
    talloc_free(p.ctx);
}

/* The line after "To see it again:", which is a command for the shell. */
static char *printed_command(const struct place *p)
{
    const char *said = strstr(p->out, "To see it again:\n"), *end;

    cr_assert_not_null(said, "%s", p->out);
    said = strchr(said, '\n') + 1;
    end = strchr(said, '\n');
    cr_assert_not_null(end);
    return talloc_strndup(p->ctx, said, (size_t)(end - said));
}

Test(check, the_command_it_prints_repeats_the_failure)
{
    static const char fails[] =
        "#include <assert.h>\n#include <stdio.h>\n#include <string.h>\n"
        "int main(int argc, char **argv)\n{\n"
        "    int c = getchar();\n"
        "    assert(argc != 4 || strcmp(argv[1], \"a b\") != 0 ||\n"
        "           strcmp(argv[2], \"it's\") != 0 || c != WANTED);\n"
        "    return 0;\n}\n";
    struct place p = place();
    char *command;

    add(&p, "my file.c", fails);
    add(&p, "input", "x");
    give(&p, CHECK "--cflags '-O0 -DWANTED=120' --stdin input 'my file.c' "
                   "-- 'a b' \"it's\" '$HOME'");
    EXPECT_STATUS(p, 1);
    command = printed_command(&p);
    give(&p, "%s", command);
    EXPECT_STATUS(p, 1);
    EXPECT_SAYS(p.out, "assertion-failed  main  my file.c:8");
    talloc_free(p.ctx);
}

/* -- stopped -----------------------------------------------------------------
 */

/* The program tells by a file when it is running; then Ctrl-C. That nothing is
 * left is looked at after every command. */
Test(check, a_check_that_is_stopped_leaves_nothing)
{
    struct place p = place();

    add(&p, "spins.c",
        "#include <fcntl.h>\n#include <unistd.h>\nint main(void)\n{\n"
        "    close(open(\"running\", O_CREAT | O_WRONLY, 0600));\n"
        "    for (volatile int go_on = 1; go_on;) { }\n}\n");
    give(&p, "build/threadlab check -e asan spins.c & check=$!; "
             "until [ -e running ] || ! kill -0 $check; do sleep 0.05; done; "
             "kill -TERM $check; wait $check");
    EXPECT_STATUS(p, 130);
    EXPECT_SAYS(p.err, "stopping");
    talloc_free(p.ctx);
}
