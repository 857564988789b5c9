/* SPDX-License-Identifier: MIT */
/* course.c - exercise.yaml into structs, by libcyaml's schema. */
#include "course.h"
#include "file.h"

#include <cyaml/cyaml.h>
#include <dirent.h>
#include <sha256.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { HASH_LENGTH = EXERCISE_HASH - 1 };

static const cyaml_strval_t policy_names[] = {
    {"required", POLICY_REQUIRED},
    {"advisory", POLICY_ADVISORY},
    {"off", POLICY_OFF},
};

static const cyaml_schema_value_t string_entry = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 0, CYAML_UNLIMITED)};

static const cyaml_schema_field_t weight_fields[] = {
    CYAML_FIELD_STRING_PTR("case", CYAML_FLAG_POINTER, struct weight, name, 1,
                           CYAML_UNLIMITED),
    CYAML_FIELD_UINT("weight", CYAML_FLAG_DEFAULT, struct weight, weight),
    CYAML_FIELD_END};

static const cyaml_schema_value_t weight_entry = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct weight, weight_fields)};

#define POLICY_FIELD(name)                                              \
    CYAML_FIELD_ENUM(#name, CYAML_FLAG_OPTIONAL, struct policies, name, \
                     policy_names, CYAML_ARRAY_LEN(policy_names))

static const cyaml_schema_field_t policy_fields[] = {
    POLICY_FIELD(explore), POLICY_FIELD(criterion), POLICY_FIELD(asan),
    POLICY_FIELD(tsan),    POLICY_FIELD(helgrind),  CYAML_FIELD_END};

#define STRING_LIST(name, member, flags, min)                              \
    CYAML_FIELD_SEQUENCE_COUNT(name, CYAML_FLAG_POINTER | (flags),         \
                               struct exercise, member##s, member##_count, \
                               &string_entry, min, CYAML_UNLIMITED)

static const cyaml_schema_field_t exercise_fields[] = {
    CYAML_FIELD_STRING_PTR("title", CYAML_FLAG_POINTER, struct exercise, title,
                           1, CYAML_UNLIMITED),
    CYAML_FIELD_UINT("points", CYAML_FLAG_DEFAULT, struct exercise, points),
    CYAML_FIELD_UINT("minutes", CYAML_FLAG_OPTIONAL, struct exercise, minutes),
    CYAML_FIELD_STRING_PTR("file", CYAML_FLAG_POINTER, struct exercise, file, 1,
                           CYAML_UNLIMITED),
    STRING_LIST("sources", source, 0, 1),
    STRING_LIST("hints", hint, 0, 3),
    CYAML_FIELD_SEQUENCE_COUNT(
        "weights", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct exercise,
        weights, weight_count, &weight_entry, 0, CYAML_UNLIMITED),
    CYAML_FIELD_MAPPING("engines", CYAML_FLAG_OPTIONAL, struct exercise,
                        engines, policy_fields),
    CYAML_FIELD_SEQUENCE_COUNT(
        "forbid", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct exercise,
        forbid, forbid_count, &string_entry, 0, CYAML_UNLIMITED),
    CYAML_FIELD_SEQUENCE_COUNT(
        "allow", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct exercise,
        allow, allow_count, &string_entry, 0, CYAML_UNLIMITED),
    CYAML_FIELD_BOOL("faulty", CYAML_FLAG_OPTIONAL, struct exercise, faulty),
    CYAML_FIELD_SEQUENCE_COUNT(
        "after", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct exercise,
        after, after_count, &string_entry, 0, CYAML_UNLIMITED),
    CYAML_FIELD_END};

static const cyaml_schema_value_t exercise_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct exercise, exercise_fields)};

static const cyaml_schema_field_t chapter_fields[] = {
    CYAML_FIELD_STRING_PTR("title", CYAML_FLAG_POINTER, struct chapter, title,
                           1, CYAML_UNLIMITED),
    CYAML_FIELD_END};

static const cyaml_schema_value_t chapter_entry = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct chapter, chapter_fields)};

static const cyaml_schema_field_t outline_fields[] = {
    CYAML_FIELD_SEQUENCE_COUNT("chapters", CYAML_FLAG_POINTER, struct outline,
                               chapters, chapter_count, &chapter_entry, 1,
                               CYAML_UNLIMITED),
    CYAML_FIELD_UINT("points", CYAML_FLAG_OPTIONAL, struct outline, points),
    CYAML_FIELD_END};

static const cyaml_schema_value_t outline_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct outline, outline_fields)};

/* Keeps what libcyaml says, so that it can be said in one message. */
__attribute__((format(printf, 3, 0))) static void keep_log(cyaml_log_t level,
                                                           void *ctx,
                                                           const char *fmt,
                                                           va_list args)
{
    char **text = ctx;

    if (level >= CYAML_LOG_ERROR) {
        *text = talloc_vasprintf_append(*text, fmt, args);
    }
}

struct loaded {
    void *data;
    const cyaml_schema_value_t *schema;
};

static int free_yaml(struct loaded *l)
{
    const cyaml_config_t config = {.log_level = CYAML_LOG_ERROR,
                                   .mem_fn = cyaml_mem};

    cyaml_free(&config, l->schema, l->data, 0);
    return 0;
}

/* What the file says, in the shape that the schema gives it. */
static void *load_yaml(TALLOC_CTX *ctx, const char *path,
                       const cyaml_schema_value_t *schema,
                       const char **out_error)
{
    char *text = talloc_strdup(ctx, "");
    struct loaded *l = talloc_zero(ctx, struct loaded);
    cyaml_config_t config = {.log_fn = keep_log,
                             .log_ctx = &text,
                             .mem_fn = cyaml_mem,
                             .log_level = CYAML_LOG_ERROR};
    cyaml_err_t rc = cyaml_load_file(path, &config, schema, &l->data, NULL);

    if (rc != CYAML_OK) {
        *out_error =
            talloc_asprintf(ctx, "%s: %s%s%s", path, cyaml_strerror(rc),
                            text[0] != '\0' ? "\n" : "", text);
        return NULL;
    }
    if (l->data == NULL) {
        *out_error = talloc_asprintf(ctx, "%s: the file is empty", path);
        return NULL;
    }
    l->schema = schema;
    talloc_set_destructor(l, free_yaml);
    return l->data;
}

static bool has_suffix(const char *s, const char *suffix)
{
    size_t n = strlen(s), m = strlen(suffix);

    return n > m && strcmp(s + n - m, suffix) == 0;
}

/* The test file and the headers: found by name, not listed twice. */
static void read_folder(TALLOC_CTX *ctx, struct exercise *e)
{
    DIR *dir = opendir(e->dir);
    struct dirent *entry;

    e->test = NULL;
    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        if (strncmp(entry->d_name, "test_", 5) == 0 &&
            has_suffix(entry->d_name, ".c")) {
            e->test = talloc_strdup(ctx, entry->d_name);
        } else if (has_suffix(entry->d_name, ".h")) {
            e->headers = talloc_realloc(ctx, e->headers, const char *,
                                        (unsigned)(e->header_count + 1));
            e->headers[e->header_count++] = talloc_strdup(ctx, entry->d_name);
        }
    }
    if (dir != NULL) {
        closedir(dir);
    }
}

static int is_exercise(const struct dirent *d)
{
    return d->d_name[0] >= '0' && d->d_name[0] <= '9';
}

/* The stub's line in exercises/stubs.sha256, which is as sha256sum writes it:
 * students edit the stubs in place, so what was handed out must be known
 * from elsewhere. */
static const char *stub_hash(struct course *c, const struct exercise *e)
{
    char *path = talloc_asprintf(c, "%s/exercises/stubs.sha256", c->root);
    char *name = talloc_asprintf(c, "  %s/%s\n", e->id, e->file);
    const char *at;
    char *text;

    if (file_read(c, path, &text, NULL) != 0 ||
        (at = strstr(text, name)) == NULL || at - text < HASH_LENGTH) {
        return NULL;
    }
    return talloc_strndup(c, at - HASH_LENGTH, HASH_LENGTH);
}

void exercise_hash(const char *text, size_t length, char out[EXERCISE_HASH])
{
    SHA256Data((const uint8_t *)text, length, out);
}

bool exercise_is_stub(const struct exercise *e, const char *text, size_t length)
{
    char hex[EXERCISE_HASH];

    exercise_hash(text, length, hex);
    return e->stub_hash != NULL && strcmp(hex, e->stub_hash) == 0;
}

static bool load_one(struct course *c, const char *name, const char **out_error)
{
    char *dir = talloc_asprintf(c, "%s/exercises/%s", c->root, name);
    char *path = talloc_asprintf(c, "%s/exercise.yaml", dir);
    struct exercise *e = load_yaml(c, path, &exercise_schema, out_error);

    if (e == NULL) {
        return false;
    }
    e->id = talloc_strdup(c, name);
    e->dir = dir;
    e->stub_hash = stub_hash(c, e);
    read_folder(c, e);
    if (e->test == NULL || e->header_count == 0) {
        *out_error = talloc_asprintf(
            c, "%s: needs a header and a test file test_*.c", dir);
        return false;
    }
    c->list =
        talloc_realloc(c, c->list, struct exercise *, (unsigned)(c->count + 1));
    c->list[c->count++] = e;
    return true;
}

const struct exercise *course_find(const struct course *c, const char *id)
{
    for (size_t i = 0; i < c->count; i++) {
        if (strcmp(c->list[i]->id, id) == 0) {
            return c->list[i];
        }
    }
    return NULL;
}

/* True if `e` comes, through at most `steps` others, after the one whose id
 * is `id`. */
static bool comes_after(const struct course *c, const struct exercise *e,
                        const char *id, size_t steps)
{
    for (unsigned i = 0; e != NULL && i < e->after_count; i++) {
        if (strcmp(e->after[i], id) == 0 ||
            (steps > 0 &&
             comes_after(c, course_find(c, e->after[i]), id, steps - 1))) {
            return true;
        }
    }
    return false;
}

static bool order_is_good(struct course *c, const char **out_error)
{
    for (size_t i = 0; i < c->count; i++) {
        const struct exercise *e = c->list[i];
        for (unsigned k = 0; k < e->after_count; k++) {
            if (course_find(c, e->after[k]) == NULL) {
                *out_error = talloc_asprintf(
                    c, "%s/exercise.yaml: after: there is no exercise `%s`",
                    e->dir, e->after[k]);
                return false;
            }
        }
    }
    for (size_t i = 0; i < c->count; i++) {
        const struct exercise *e = c->list[i];
        if (comes_after(c, e, e->id, c->count)) {
            *out_error = talloc_asprintf(
                c, "%s/exercise.yaml: after: it comes after itself", e->dir);
            return false;
        }
    }
    return true;
}

static bool load_outline(struct course *c, const char **out_error)
{
    char *path = talloc_asprintf(c, "%s/exercises/course.yaml", c->root);

    if (access(path, F_OK) != 0) {
        return true;
    }
    c->outline = load_yaml(c, path, &outline_schema, out_error);
    return c->outline != NULL;
}

struct course *course_load(TALLOC_CTX *ctx, const char *root,
                           const char **out_error)
{
    struct course *c = talloc_zero(ctx, struct course);
    char *dir = talloc_asprintf(c, "%s/exercises", root);
    struct dirent **names = NULL;
    int n = scandir(dir, &names, is_exercise, alphasort);
    bool ok = n > 0;

    c->root = talloc_strdup(c, root);
    if (!ok) {
        *out_error = talloc_asprintf(
            ctx, "%s: no exercises here; is this the kit's folder?", dir);
    }
    for (int i = 0; i < n; i++) {
        ok = ok && load_one(c, names[i]->d_name, out_error);
        free(names[i]);
    }
    free(names);
    ok = ok && order_is_good(c, out_error) && load_outline(c, out_error);
    return ok ? c : NULL;
}

size_t course_match(const struct course *c, const char *word,
                    const struct exercise **out)
{
    size_t prefix = 0, part = 0;
    size_t n = strlen(word);

    while (n > 0 && word[n - 1] == '/') { /* shells complete folder names */
        n--;
    }
    for (size_t i = 0; i < c->count; i++) {
        if (strlen(c->list[i]->id) == n &&
            strncmp(c->list[i]->id, word, n) == 0) {
            out[0] = c->list[i];
            return 1;
        }
    }
    for (size_t i = 0; i < c->count; i++) {
        if (strncmp(c->list[i]->id, word, n) == 0) {
            out[prefix++] = c->list[i];
        }
    }
    for (size_t i = 0; prefix == 0 && n > 0 && i < c->count; i++) {
        const char *id = c->list[i]->id;
        if (memmem(id, strlen(id), word, n) != NULL) {
            out[part++] = c->list[i];
        }
    }
    return prefix + part;
}

unsigned exercise_weight(const struct exercise *e, const char *test)
{
    const char *slash = strchr(test, '/');
    const char *name = slash != NULL ? slash + 1 : test;

    for (unsigned i = 0; i < e->weight_count; i++) {
        if (strcmp(e->weights[i].name, name) == 0) {
            return e->weights[i].weight;
        }
    }
    return 1;
}

static bool listed(char *const *list, unsigned count, const char *name)
{
    for (unsigned i = 0; i < count; i++) {
        if (strcmp(list[i], name) == 0) {
            return true;
        }
    }
    return false;
}

bool exercise_allows(const struct exercise *e, const char *name)
{
    return listed(e->allow, e->allow_count, name);
}

bool exercise_forbids(const struct exercise *e, const char *name)
{
    return listed(e->forbid, e->forbid_count, name);
}
