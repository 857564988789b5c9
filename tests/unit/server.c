/* SPDX-License-Identifier: MIT */
/* server.c - see server.h. */
#include "server.h"
#include "cases.h"
#include "proc.h"

#include <criterion/criterion.h>
#include <string.h>

enum { ASK_MS = 30 * 60 * 1000 };

static struct server start(const char *name, const char *tool, char *setting)
{
    char *env[] = {"TL_MEMORY_MB=64", "TL_OUTPUT=65536", setting, NULL};
    char *argv[2] = {NULL, NULL};
    /* TSan wants its memory where only a fixed layout leaves room. */
    char *fixed[] = {"setarch", "-R", NULL, NULL};
    struct proc_spec spec = {.env = env, .fd3 = -1, .fd4 = -1};
    struct server s = {.ctx = talloc_new(NULL)};

    s.binary = cases_build(s.ctx, name, tool);
    argv[0] = fixed[2] = talloc_asprintf(s.ctx, "./%s", s.binary);
    spec.argv = strcmp(tool, "tsan") == 0 ? fixed : argv;
    if (strcmp(tool, "tsan") == 0) {
        env[1] = "PATH=/usr/bin:/bin";
    } else if (strcmp(tool, "asan") == 0) {
        env[0] = "TL_MEMORY_MB=512";
    }
    s.proc = proc_open(s.ctx, &spec);
    cr_assert_not_null(s.proc);
    return s;
}

struct server server_start(const char *name, const char *tool)
{
    return start(name, tool, NULL);
}

struct server server_start_without_fibers(const char *name, const char *tool)
{
    return start(name, tool, "TL_FIBERS=0");
}

struct server server_open(const char *tool)
{
    return server_start("cases", tool);
}

void server_close(struct server *s)
{
    proc_close(s->proc);
    talloc_free(s->ctx);
}

json_t *ask(struct server *s, const char *line)
{
    char *answer = NULL;
    json_t *json;
    int rc = proc_ask(s->proc, s->ctx, line, ASK_MS, &answer);

    cr_assert_eq(rc, 0, "%s: %s\n%s", line, strerror(rc), proc_errors(s->proc));
    json = json_loads(answer, 0, NULL);
    cr_assert_not_null(json, "no JSON: %s", answer);
    talloc_free(answer);
    return json;
}

const char *str(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));

    return s != NULL ? s : "";
}

long num(const json_t *o, const char *key)
{
    cr_assert(json_is_integer(json_object_get(o, key)), "no number %s", key);
    return (long)json_integer_value(json_object_get(o, key));
}

size_t length(const json_t *o, const char *list)
{
    return json_array_size(json_object_get(o, list));
}

const json_t *item(const json_t *o, const char *list, long i)
{
    const json_t *found = json_array_get(json_object_get(o, list), (size_t)i);

    cr_assert_not_null(found, "no %s[%ld]", list, i);
    return found;
}
