/* SPDX-License-Identifier: MIT */
/* blocks.c - what library functions do to memory that the program gives them.
 *
 * The compiler's pass leaves these to interceptors; in the flavour `explore`
 * the calls of the program's object are renamed instead (compile.c has the
 * list), so that those of the runtime are not among them. They are no points:
 * `tsan` has no such names, and a schedule is to mean the same there.
 *
 * What is told is what TSan would tell: up to the byte that decides. It is
 * told before it is done, as long as that says nothing new: what lies there
 * may have been freed. */
#include "blocks.h"
#include "access.h"
#include "rt.h"
#include "shadow.h"

#include <semaphore.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define READS(at, size) access_block((uintptr_t)(at), size, ACCESS_READ, CALLER)
#define WRITES(at, size) \
    access_block((uintptr_t)(at), size, ACCESS_WRITE, CALLER)

/* How many bytes there are up to number `n`, that one included. */
static size_t through(size_t n, size_t size)
{
    return n < size ? n + 1 : size;
}

/* In how many bytes two blocks are alike; in text nothing follows its end. */
static size_t alike(const char *a, const char *b, size_t size, bool text)
{
    size_t n = 0;

    while (n < size && a[n] == b[n] && !(text && a[n] == '\0')) {
        n++;
    }
    return n;
}

static int difference(const char *a, const char *b, size_t n, size_t size)
{
    return n < size ? (unsigned char)a[n] - (unsigned char)b[n] : 0;
}

/* What was written of a text that took `n`, with its end. */
static size_t printed(int n, size_t size)
{
    return n < 0 ? 0 : through((size_t)n, size);
}

BLOCK(void *, memcpy, (void *to, const void *from, size_t size))
{
    READS(from, size);
    WRITES(to, size);
    return memcpy(to, from, size);
}

BLOCK(void *, memmove, (void *to, const void *from, size_t size))
{
    READS(from, size);
    WRITES(to, size);
    return memmove(to, from, size);
}

BLOCK(void *, memset, (void *to, int byte, size_t size))
{
    WRITES(to, size);
    return memset(to, byte, size);
}

BLOCK(int, memcmp, (const void *a, const void *b, size_t size))
{
    size_t n = alike(a, b, size, false);

    READS(a, through(n, size));
    READS(b, through(n, size));
    return difference(a, b, n, size);
}

BLOCK(void *, memchr, (const void *at, int byte, size_t size))
{
    char *found = memchr(at, byte, size);

    READS(at, found != NULL ? (size_t)(found - (const char *)at) + 1 : size);
    return found;
}

BLOCK(size_t, strlen, (const char *s))
{
    size_t n = strlen(s);

    READS(s, n + 1);
    return n;
}

BLOCK(char *, strcpy, (char *to, const char *from))
{
    size_t size = strlen(from) + 1;

    READS(from, size);
    WRITES(to, size);
    return memcpy(to, from, size);
}

BLOCK(char *, strncpy, (char *to, const char *from, size_t size))
{
    size_t n = strnlen(from, size);

    READS(from, through(n, size));
    WRITES(to, size);
    memset(to + n, 0, size - n);
    return memcpy(to, from, n);
}

BLOCK(char *, strcat, (char *to, const char *from))
{
    size_t before = strlen(to), size = strlen(from) + 1;

    READS(from, size);
    READS(to, before + 1);
    WRITES(to + before, size);
    memcpy(to + before, from, size);
    return to;
}

BLOCK(char *, strchr, (const char *s, int c))
{
    char *found = strchr(s, c);

    READS(s, (found != NULL ? (size_t)(found - s) : strlen(s)) + 1);
    return found;
}

BLOCK(int, strcmp, (const char *a, const char *b))
{
    size_t n = alike(a, b, SIZE_MAX, true);

    READS(a, n + 1);
    READS(b, n + 1);
    return difference(a, b, n, SIZE_MAX);
}

BLOCK(int, strncmp, (const char *a, const char *b, size_t size))
{
    size_t n = alike(a, b, size, true);

    READS(a, through(n, size));
    READS(b, through(n, size));
    return difference(a, b, n, size);
}

BLOCK(char *, strncat, (char *to, const char *from, size_t most))
{
    size_t before = strlen(to), n = strnlen(from, most);

    READS(from, through(n, most));
    READS(to, before + 1);
    WRITES(to + before, n + 1);
    memcpy(to + before, from, n);
    to[before + n] = '\0';
    return to;
}

BLOCK(char *, strrchr, (const char *s, int c))
{
    READS(s, strlen(s) + 1);
    return strrchr(s, c);
}

BLOCK(char *, strstr, (const char *s, const char *part))
{
    char *found = strstr(s, part);
    size_t length = strlen(part);

    READS(s, found != NULL ? (size_t)(found - s) + length : strlen(s) + 1);
    READS(part, length + 1);
    return found;
}

/* -- numbers ---------------------------------------------------------------
 */

/* `end` may be NULL. */
static long number(const char *s, char **end, int base, uintptr_t pc,
                   const void *frame)
{
    char *after;
    long value = strtol(s, &after, base);

    access_block((uintptr_t)s, (size_t)(after - s) + 1, ACCESS_READ, pc, frame);
    if (end != NULL) {
        *end = after;
    }
    return value;
}

BLOCK(long, strtol, (const char *s, char **end, int base))
{
    return number(s, end, base, CALLER);
}

BLOCK(int, atoi, (const char *s))
{
    return (int)number(s, NULL, 10, CALLER);
}

BLOCK(int, rand_r, (unsigned *seed))
{
    READS(seed, sizeof *seed);
    WRITES(seed, sizeof *seed);
    return rand_r(seed);
}

/* -- arrays and files ------------------------------------------------------
 */

BLOCK(void, qsort,
      (void *array, size_t count, size_t size,
       int (*compare)(const void *, const void *)))
{
    if (count > 1) {
        READS(array, count * size);
        WRITES(array, count * size);
    }
    qsort(array, count, size, compare);
}

BLOCK(int, fputs, (const char *s, FILE *f))
{
    READS(s, strlen(s) + 1);
    return fputs(s, f);
}

BLOCK(int, puts, (const char *s))
{
    READS(s, strlen(s) + 1);
    return puts(s);
}

BLOCK(char *, fgets, (char *to, int size, FILE *f))
{
    char *line = fgets(to, size, f);

    if (line != NULL) {
        WRITES(line, strlen(line) + 1);
    }
    return line;
}

BLOCK(size_t, fread, (void *to, size_t size, size_t count, FILE *f))
{
    size_t n = fread(to, size, count, f);

    WRITES(to, n * size);
    return n;
}

BLOCK(size_t, fwrite, (const void *from, size_t size, size_t count, FILE *f))
{
    READS(from, count * size);
    return fwrite(from, size, count, f);
}

BLOCK(int, pipe, (int ends[2]))
{
    WRITES(ends, 2 * sizeof *ends);
    return pipe(ends);
}

BLOCK(int, sem_getvalue, (sem_t * s, int *value))
{
    WRITES(value, sizeof *value);
    return sem_getvalue(s, value);
}

/* -- text that is put together ---------------------------------------------
 *
 * How long it gets shows when it is there. */

BLOCK(int, vsnprintf, (char *to, size_t size, const char *format, va_list ap))
{
    int n = vsnprintf(to, size, format, ap);

    WRITES(to, printed(n, size));
    return n;
}

BLOCK(int, snprintf, (char *to, size_t size, const char *format, ...))
{
    va_list ap;
    int n;

    va_start(ap, format);
    n = vsnprintf(to, size, format, ap);
    va_end(ap);
    WRITES(to, printed(n, size));
    return n;
}

BLOCK(int, sprintf, (char *to, const char *format, ...))
{
    va_list ap;
    int n;

    va_start(ap, format);
    n = vsprintf(to, format, ap);
    va_end(ap);
    WRITES(to, printed(n, SIZE_MAX));
    return n;
}
