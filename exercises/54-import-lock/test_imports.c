/* SPDX-License-Identifier: MIT */
/* test_imports.c - what imports.h promises, to threads that import the same
 * modules, and modules that import one another.
 *
 * A body writes down what it saw in a struct of its own, without a lock: the
 * module is promised to run once at a time, and whoever has it ready sees what
 * it did. */
#include "imports.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <stddef.h>

/* Those who meet wait for each other. */
struct meeting {
    pthread_mutex_t lock;
    pthread_cond_t all_here;
    int missing;
};

static void meet(struct meeting *m)
{
    pthread_mutex_lock(&m->lock);
    m->missing--;
    pthread_cond_broadcast(&m->all_here);
    while (m->missing > 0) {
        pthread_cond_wait(&m->all_here, &m->lock);
    }
    pthread_mutex_unlock(&m->lock);
}

/* What a module does: it publishes "half", imports another one, and publishes
 * "whole". */
struct script {
    const char *imports;     /* NULL: nothing */
    struct meeting *meeting; /* before that, if not NULL */
    int fails;               /* so many runs fail, at their end */

    int runs;
    int rc;            /* of its import */
    bool ready;        /* whether what it imported was ready, */
    const char *value; /* and its value */
};

static int body(struct imports *im, struct module *self, void *arg)
{
    struct script *s = arg;
    struct module *other = NULL;

    s->runs++;
    module_publish(self, "half");
    if (s->meeting != NULL) {
        meet(s->meeting);
    }
    if (s->imports != NULL) {
        s->rc = module_import(im, s->imports, &other);
        if (s->rc != 0) {
            return s->rc;
        }
        s->ready = module_ready(other);
        s->value = module_value(other);
    }
    if (s->runs <= s->fails) {
        return EIO;
    }
    module_publish(self, "whole");
    return 0;
}

/* A thread that imports two modules, one after the other. */
struct importer {
    pthread_t thread;
    struct imports *im;
    const char *names[2];
    int tries; /* how often to try again after EIO */

    int rc[2];
    bool ready[2];
    const char *value[2];
    int failures; /* tries that failed */
};

static void *import_both(void *arg)
{
    struct importer *t = arg;
    struct module *m = NULL;

    for (int i = 0; i < 2 && t->names[i] != NULL; i++) {
        t->rc[i] = module_import(t->im, t->names[i], &m);
        while (t->rc[i] == EIO && t->failures < t->tries) {
            t->failures++;
            t->rc[i] = module_import(t->im, t->names[i], &m);
        }
        if (t->rc[i] == 0) {
            t->ready[i] = module_ready(m);
            t->value[i] = module_value(m);
        }
    }
    return NULL;
}

static struct imports *create(const struct definition *definitions,
                              size_t count)
{
    struct imports *im = imports_create(definitions, count);

    cr_assert_not_null(im, "imports_create returned NULL");
    return im;
}

static void start_all(struct importer threads[], int count, struct imports *im)
{
    for (int i = 0; i < count; i++) {
        threads[i].im = im;
        cr_assert_eq(
            pthread_create(&threads[i].thread, NULL, import_both, &threads[i]),
            0);
    }
}

static void join_all(struct importer threads[], int count)
{
    for (int i = 0; i < count; i++) {
        cr_assert_eq(pthread_join(threads[i].thread, NULL), 0);
    }
}

/* All that the thread imported is there, and complete. */
static void check_importer(const struct importer *t)
{
    for (int i = 0; i < 2 && t->names[i] != NULL; i++) {
        cr_assert_eq(t->rc[i], 0, "the import of %s returned %d", t->names[i],
                     t->rc[i]);
        cr_assert(t->ready[i], "a thread got %s before it was ready",
                  t->names[i]);
        cr_assert_not_null(t->value[i], "%s is ready, without a value",
                           t->names[i]);
        cr_assert_str_eq(t->value[i], "whole", "%s is ready, but %s",
                         t->names[i], t->value[i]);
    }
}

static void check_runs(const struct definition *definitions, int count)
{
    for (int i = 0; i < count; i++) {
        const struct script *s = definitions[i].arg;

        cr_assert_eq(s->runs, 1, "the body of %s ran %d times",
                     definitions[i].name, s->runs);
    }
}

Test(imports, a_body_runs_once_for_all_threads, .timeout = 20.0)
{
    struct script top = {.imports = "base"};
    struct script base = {.imports = NULL};
    struct definition definitions[] = {{"top", body, &top},
                                       {"base", body, &base}};
    struct importer threads[] = {{.names = {"base", "top"}},
                                 {.names = {"top", "base"}},
                                 {.names = {"top"}}};
    struct imports *im = create(definitions, 2);
    struct module *untouched = NULL;
    int rc = 0;

    start_all(threads, 3, im);
    rc = module_import(im, "bottom", &untouched);
    join_all(threads, 3);
    cr_assert_eq(rc, ENOENT, "there is no such module, but: %d", rc);
    cr_assert_null(untouched, "*out_module written, yet not 0 returned");
    for (int i = 0; i < 3; i++) {
        check_importer(&threads[i]);
    }
    check_runs(definitions, 2);
    cr_assert(top.ready, "a body got a module that was not ready");
    imports_destroy(im);
}

Test(imports, a_circle_in_one_thread_shows_half_a_module, .timeout = 20.0)
{
    struct script egg = {.imports = "hen"};
    struct script hen = {.imports = "farm"};
    struct script farm = {.imports = "egg"};
    struct script self = {.imports = "self"};
    struct definition definitions[] = {{"egg", body, &egg},
                                       {"hen", body, &hen},
                                       {"farm", body, &farm},
                                       {"self", body, &self}};
    struct imports *im = create(definitions, 4);
    struct importer t = {.im = im, .names = {"egg", "self"}};

    import_both(&t);
    check_importer(&t);
    check_runs(definitions, 4);
    cr_assert(egg.ready, "the hen was not ready");
    cr_assert(hen.ready, "the farm was not ready");
    cr_assert_eq(farm.rc, 0, "an import in a circle returned %d", farm.rc);
    cr_assert_not(farm.ready, "the egg's body has not returned, yet: ready");
    cr_assert_not_null(farm.value, "what the egg had published is not there");
    cr_assert_str_eq(farm.value, "half");
    cr_assert_not(self.ready, "it is ready in its own body");
    imports_destroy(im);
}

/* `count` threads begin one module each, and then each module imports the
 * next: a circle that somebody has to open. */
static void go_round(int count)
{
    static const char *const names[] = {"one", "two", "three"};
    struct meeting meeting = {PTHREAD_MUTEX_INITIALIZER,
                              PTHREAD_COND_INITIALIZER, count};
    struct script scripts[3];
    struct definition definitions[3];
    struct importer threads[3];
    struct imports *im = NULL;
    int halves = 0;

    for (int i = 0; i < count; i++) {
        scripts[i] = (struct script){.imports = names[(i + 1) % count],
                                     .meeting = &meeting};
        definitions[i] = (struct definition){names[i], body, &scripts[i]};
        threads[i] = (struct importer){.names = {names[i]}};
    }
    im = create(definitions, (size_t)count);
    start_all(threads, count, im);
    join_all(threads, count);
    check_runs(definitions, count);
    for (int i = 0; i < count; i++) {
        check_importer(&threads[i]);
        cr_assert_eq(scripts[i].rc, 0, "an import in a circle returned %d",
                     scripts[i].rc);
        cr_assert_not_null(scripts[i].value, "published, and not there");
        cr_assert_str_eq(scripts[i].value, scripts[i].ready ? "whole" : "half",
                         "the value is %s, and the module is %s",
                         scripts[i].value,
                         scripts[i].ready ? "ready" : "not ready");
        halves += !scripts[i].ready;
    }
    cr_assert_eq(halves, 1, "one import must not wait; here %d did not",
                 halves);
    imports_destroy(im);
}

Test(imports, a_circle_of_threads_comes_to_an_end, .timeout = 20.0)
{
    go_round(2);
    go_round(3);
}

/* No circle: whoever waits here waits for somebody who gets done. */
Test(imports, nobody_gets_half_a_module_without_need, .timeout = 20.0)
{
    struct meeting meeting = {PTHREAD_MUTEX_INITIALIZER,
                              PTHREAD_COND_INITIALIZER, 2};
    struct script top = {.imports = "base", .meeting = &meeting};
    struct script base = {.meeting = &meeting};
    struct definition definitions[] = {{"top", body, &top},
                                       {"base", body, &base}};
    struct importer threads[] = {{.names = {"top"}},
                                 {.names = {"base", "top"}}};
    struct imports *im = create(definitions, 2);

    start_all(threads, 2, im);
    join_all(threads, 2);
    check_runs(definitions, 2);
    cr_assert_eq(top.rc, 0, "the body of top could not import base: %d",
                 top.rc);
    cr_assert(top.ready, "the body of top got base before it was ready");
    for (int i = 0; i < 2; i++) {
        check_importer(&threads[i]);
    }
    imports_destroy(im);
}

Test(imports, a_body_that_fails_may_be_run_again, .timeout = 20.0)
{
    struct script top = {.imports = "base"};
    struct script base = {.fails = 1};
    struct definition definitions[] = {{"top", body, &top},
                                       {"base", body, &base}};
    struct imports *im = create(definitions, 2);
    struct importer t = {.im = im, .names = {"top"}};
    struct module *m = NULL;

    import_both(&t);
    cr_assert_eq(t.rc[0], EIO, "the body of base failed, but: %d", t.rc[0]);
    cr_assert_eq(module_import(im, "base", &m), 0, "base was not tried again");
    cr_assert_eq(top.runs, 1, "top ran, though nobody asked for it");
    cr_assert_eq(base.runs, 2, "the body of base ran %d times", base.runs);
    import_both(&t);
    check_importer(&t);
    cr_assert(top.ready, "the body of top got base before it was ready");
    imports_destroy(im);
}

/* A body that looks at its own module when it is run the second time. */
struct relapse {
    int runs;
    bool has_value;
};

static int relapse_body(struct imports *im, struct module *self, void *arg)
{
    struct relapse *r = arg;

    (void)im;
    r->runs++;
    r->has_value = module_value(self) != NULL;
    module_publish(self, "whole");
    return r->runs == 1 ? EIO : 0;
}

Test(imports, whoever_waits_for_a_body_that_fails_is_told, .timeout = 20.0)
{
    struct script once = {.fails = 1};
    struct script flaky = {.fails = 1};
    struct relapse relapse = {.runs = 0};
    struct definition definitions[] = {{"once", body, &once},
                                       {"flaky", body, &flaky},
                                       {"relapse", relapse_body, &relapse}};
    struct importer threads[3];
    struct imports *im = create(definitions, 3);
    int failures = 0;

    /* Nobody tries again but one who comes late. */
    for (int i = 0; i < 2; i++) {
        threads[i] = (struct importer){.names = {"once"}};
    }
    start_all(threads, 2, im);
    join_all(threads, 2);
    for (int i = 0; i < 2; i++) {
        cr_assert(threads[i].rc[0] == EIO || threads[i].ready[0],
                  "the body has failed, but a waiting thread was told %d",
                  threads[i].rc[0]);
        failures += threads[i].rc[0] == EIO;
    }
    cr_assert_geq(failures, 1, "the body has failed, and nobody was told");
    failures = 0;

    for (int i = 0; i < 3; i++) {
        threads[i] = (struct importer){.names = {"flaky"}, .tries = 1};
    }
    start_all(threads, 3, im);
    join_all(threads, 3);
    for (int i = 0; i < 3; i++) {
        check_importer(&threads[i]);
        failures += threads[i].failures;
    }
    cr_assert_geq(failures, 1, "the body has failed, and nobody was told");
    cr_assert_eq(flaky.runs, 2, "a body that fails once ran %d times",
                 flaky.runs);

    threads[0] = (struct importer){.im = im, .names = {"relapse"}, .tries = 1};
    import_both(&threads[0]);
    check_importer(&threads[0]);
    cr_assert_not(relapse.has_value, "the value of a failed body is left");
    imports_destroy(im);
}

/* The egg's body fails after it has imported the hen. If it got half a hen, the
 * hen's thread was waiting for the egg, and not one that came late. */
Test(imports, who_waits_in_a_circle_is_told_too, .timeout = 20.0)
{
    struct meeting meeting = {PTHREAD_MUTEX_INITIALIZER,
                              PTHREAD_COND_INITIALIZER, 2};
    struct script egg = {.imports = "hen", .meeting = &meeting, .fails = 1};
    struct script hen = {.imports = "egg", .meeting = &meeting};
    struct definition definitions[] = {{"egg", body, &egg},
                                       {"hen", body, &hen}};
    struct importer threads[] = {{.names = {"egg"}}, {.names = {"hen"}}};
    struct imports *im = create(definitions, 2);

    start_all(threads, 2, im);
    join_all(threads, 2);
    cr_assert_eq(egg.rc, 0, "an import in a circle returned %d", egg.rc);
    cr_assert_eq(threads[0].rc[0], EIO, "the body of egg failed, but: %d",
                 threads[0].rc[0]);
    cr_assert_eq(egg.runs, 1, "nobody tried again, and egg ran %d times",
                 egg.runs);
    if (!egg.ready) {
        cr_assert_eq(hen.rc, EIO,
                     "it waited for a body that failed, but was told %d",
                     hen.rc);
    }
    imports_destroy(im);
}

/* A module that publishes nothing: its body only fills in a table. */
static int fill_in(struct imports *im, struct module *self, void *arg)
{
    int *table = arg;

    (void)im;
    (void)self;
    *table = 42;
    return 0;
}

/* A thread that imports it, and looks into the table at once. */
struct reader {
    pthread_t thread;
    struct imports *im;
    const int *table;
    int rc;
    int found;
};

static void *import_and_read(void *arg)
{
    struct reader *r = arg;
    struct module *m = NULL;

    r->rc = module_import(r->im, "table", &m);
    r->found = r->rc == 0 ? *r->table : 0;
    return NULL;
}

Test(imports, what_a_body_did_is_visible_after_the_import, .timeout = 20.0)
{
    int table = 0;
    struct definition definitions[] = {{"table", fill_in, &table}};
    struct imports *im = create(definitions, 1);
    struct reader readers[3];

    for (int i = 0; i < 3; i++) {
        readers[i] = (struct reader){.im = im, .table = &table};
        cr_assert_eq(pthread_create(&readers[i].thread, NULL, import_and_read,
                                    &readers[i]),
                     0);
    }
    for (int i = 0; i < 3; i++) {
        cr_assert_eq(pthread_join(readers[i].thread, NULL), 0);
    }
    for (int i = 0; i < 3; i++) {
        cr_assert_eq(readers[i].rc, 0, "the import returned %d", readers[i].rc);
        cr_assert_eq(readers[i].found, 42, "the body had not yet run");
    }
    imports_destroy(im);
}
