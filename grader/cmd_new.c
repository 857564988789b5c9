/* SPDX-License-Identifier: MIT */
/* cmd_new.c - `threadlab new`: a working exercise skeleton.
 *
 * What it writes is a whole small exercise (a tally that threads add to), so
 * that `threadlab lint NAME` has something to say from the first minute.
 * In the templates, @ID@ is the exercise, @M@ the module, @U@ its guard. */
#include "file.h"
#include "kit.h"

#include <ctype.h>
#include <errno.h>
#include <sha256.h>
#include <stdio.h>
#include <string.h>

static const char new_help[] =
    "usage: threadlab new NN-NAME\n\n"
    "Write a working exercise skeleton: exercises/NN-NAME, reference/NN-NAME\n"
    "and solutions/NN-NAME. NN is chapter and number, NAME words and hyphens,\n"
    "as in 34-barrier. See docs/adding-an-exercise.md.\n";

#include "skeleton.h"

static char *fill(TALLOC_CTX *ctx, const char *text, const char *id,
                  const char *module)
{
    char *out = talloc_strdup(ctx, "");
    char *upper = talloc_strdup(ctx, module);

    for (char *p = upper; *p != '\0'; p++) {
        *p = (char)toupper((unsigned char)*p);
    }
    while (*text != '\0') {
        if (strncmp(text, "@ID@", 4) == 0) {
            out = talloc_strdup_append(out, id);
            text += 4;
        } else if (strncmp(text, "@M@", 3) == 0) {
            out = talloc_strdup_append(out, module);
            text += 3;
        } else if (strncmp(text, "@U@", 3) == 0) {
            out = talloc_strdup_append(out, upper);
            text += 3;
        } else {
            size_t n = strcspn(text + 1, "@") + 1;
            out = talloc_strndup_append(out, text, n);
            text += n;
        }
    }
    return out;
}

/* NN-name, lower case, digits and hyphens. */
static bool valid(const char *id)
{
    if (!isdigit((unsigned char)id[0]) || !isdigit((unsigned char)id[1]) ||
        id[2] != '-' || !islower((unsigned char)id[3])) {
        return false;
    }
    for (const char *p = id + 3; *p != '\0'; p++) {
        if (!islower((unsigned char)*p) && !isdigit((unsigned char)*p) &&
            *p != '-') {
            return false;
        }
    }
    return strlen(id) < 40;
}

static int write_one(TALLOC_CTX *ctx, const char *root, const char *id,
                     const char *module, const struct template *t)
{
    char *path =
        talloc_asprintf(ctx, "%s/%s", root, fill(ctx, t->path, id, module));
    char *text = talloc_strdup(ctx, "");
    char *dir = talloc_strndup(ctx, path, (size_t)(strrchr(path, '/') - path));
    int rc = file_make_dirs(dir);

    for (int i = 0; i < SKELETON_PARTS && t->text[i] != NULL; i++) {
        text = talloc_strdup_append(text, fill(ctx, t->text[i], id, module));
    }
    if (rc == 0) {
        rc = file_write(path, text, strlen(text));
    }
    if (rc != 0) {
        fprintf(stderr, "threadlab: cannot write %s: %s\n", path, strerror(rc));
        return STATUS_FAULT;
    }
    printf("  %s\n", path + strlen(root) + 1);
    return STATUS_OK;
}

/* Add the new stub to exercises/stubs.sha256. */
static int list_stub(TALLOC_CTX *ctx, const char *root, const char *id,
                     const char *module)
{
    char *list = talloc_asprintf(ctx, "%s/exercises/stubs.sha256", root);
    char *stub = talloc_asprintf(ctx, "%s/exercises/%s/%s.c", root, id, module);
    char hex[SHA256_DIGEST_STRING_LENGTH];
    char *text = NULL;
    int rc;

    if (SHA256File(stub, hex) == NULL) {
        return STATUS_FAULT;
    }
    file_read(ctx, list, &text, NULL); /* there may be none yet */
    text = talloc_asprintf(ctx, "%s%s  %s/%s.c\n", text != NULL ? text : "",
                           hex, id, module);
    rc = file_write(list, text, strlen(text));
    if (rc != 0) {
        fprintf(stderr, "threadlab: cannot write %s: %s\n", list, strerror(rc));
    }
    return rc == 0 ? STATUS_OK : STATUS_FAULT;
}

int cmd_new(int argc, char **argv)
{
    TALLOC_CTX *ctx = talloc_new(NULL);
    struct kit kit;
    char *module;
    int status;

    if (argc == 2 &&
        (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        fputs(new_help, stdout);
        return STATUS_OK;
    }
    if (argc != 2 || !valid(argv[1])) {
        fputs(new_help, stderr);
        return STATUS_USAGE;
    }
    status = kit_open(ctx, &kit);
    if (status == STATUS_OK &&
        file_exists(
            talloc_asprintf(ctx, "%s/exercises/%s", kit.root, argv[1]))) {
        fprintf(stderr, "threadlab: exercises/%s is there already\n", argv[1]);
        status = STATUS_USAGE;
    }
    module = talloc_strdup(ctx, argv[1] + 3);
    for (char *p = module; *p != '\0'; p++) {
        *p = *p == '-' ? '_' : *p;
    }
    for (size_t i = 0;
         status == STATUS_OK && i < sizeof templates / sizeof templates[0];
         i++) {
        status = write_one(ctx, kit.root, argv[1], module, &templates[i]);
    }
    if (status == STATUS_OK) {
        status = list_stub(ctx, kit.root, argv[1], module);
    }
    if (status == STATUS_OK) {
        printf("Now: build/threadlab lint %s\n", argv[1]);
    }
    talloc_free(ctx);
    return status;
}
