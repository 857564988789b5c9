/* SPDX-License-Identifier: MIT */
/* source.c - see source.h. */
#include "source.h"

#include <string.h>

/* Line `line` with its indentation, up to the end of the text; or NULL. */
static const char *line_start(const char *text, int line)
{
    for (; text != NULL && line > 1; line--) {
        text = strchr(text, '\n');
        text = text != NULL ? text + 1 : NULL;
    }
    return line < 1 ? NULL : text;
}

const char *source_raw_line(TALLOC_CTX *ctx, const char *text, int line)
{
    text = line_start(text, line);
    return text != NULL ? talloc_strndup(ctx, text, strcspn(text, "\r\n"))
                        : NULL;
}

const char *source_line(TALLOC_CTX *ctx, const char *text, int line)
{
    text = line_start(text, line);
    return text != NULL ? source_raw_line(ctx, text + strspn(text, " \t"), 1)
                        : NULL;
}
