/* SPDX-License-Identifier: MIT */
/* wrap_memory.c - memory that the program gets in other ways than from malloc
 * and its kin (wrap_malloc.c). It has no past: whoever had it before may have
 * given it back inside the library, or to the kernel, where nobody saw it. */
#include "access.h"
#include "heap.h"
#include "shadow.h"
#include "wrap.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

REAL(int, posix_memalign, (void **, size_t, size_t));
REAL(void *, memalign, (size_t, size_t));
REAL(void *, reallocarray, (void *, size_t, size_t));
REAL(char *, strdup, (const char *));
REAL(char *, strndup, (const char *, size_t));
REAL(int, vasprintf, (char **, const char *, va_list));
REAL(ssize_t, getdelim, (char **, size_t *, int, FILE *));
REAL(ssize_t, __getdelim, (char **, size_t *, int, FILE *));
REAL(ssize_t, getline, (char **, size_t *, FILE *));
REAL(void *, mmap, (void *, size_t, int, int, int, off_t));
int __wrap_asprintf(char **out, const char *format, ...);

#define CALLER RT_CALLER, __builtin_frame_address(0)

int __wrap_posix_memalign(void **out, size_t alignment, size_t size)
{
    int rc = __real_posix_memalign(out, alignment, size);

    if (rc == 0) {
        heap_allocated(*out, size, CALLER);
    }
    return rc;
}

void *__wrap_memalign(size_t alignment, size_t size)
{
    void *p = __real_memalign(alignment, size);

    heap_allocated(p, size, CALLER);
    return p;
}

void *__wrap_reallocarray(void *p, size_t count, size_t size)
{
    size_t all;

    if (__builtin_mul_overflow(count, size, &all) ||
        !heap_moved(&p, all, CALLER)) {
        p = __real_reallocarray(p, count, size);
        heap_allocated(p, count * size, CALLER);
    }
    return p;
}

/* -- text ------------------------------------------------------------------ */

static char *copied(char *text, uintptr_t pc, const void *frame)
{
    if (text != NULL) {
        heap_allocated(text, strlen(text) + 1, pc, frame);
    }
    return text;
}

char *__wrap_strdup(const char *text)
{
    access_block((uintptr_t)text, strlen(text) + 1, ACCESS_READ, CALLER);
    return copied(__real_strdup(text), CALLER);
}

char *__wrap_strndup(const char *text, size_t most)
{
    size_t n = strnlen(text, most);

    access_block((uintptr_t)text, n < most ? n + 1 : n, ACCESS_READ, CALLER);
    return copied(__real_strndup(text, most), CALLER);
}

static int printed(char **out, const char *format, va_list ap, uintptr_t pc,
                   const void *frame)
{
    int n;

    rt_tools_enter(pc);
    n = __real_vasprintf(out, format, ap);
    rt_tools_leave();
    access_block((uintptr_t)out, sizeof *out, ACCESS_WRITE, pc, frame);
    if (n >= 0) {
        copied(*out, pc, frame);
    }
    return n;
}

int __wrap_vasprintf(char **out, const char *format, va_list ap)
{
    return printed(out, format, ap, CALLER);
}

int __wrap_asprintf(char **out, const char *format, ...)
{
    va_list ap;
    int n;

    va_start(ap, format);
    n = printed(out, format, ap, CALLER);
    va_end(ap);
    return n;
}

/* A line that did not fit is in another block now, or in a larger one. */
static ssize_t read_line(char *before, size_t had, char **line, size_t *size,
                         ssize_t n, uintptr_t pc, const void *frame)
{
    access_block((uintptr_t)line, sizeof *line, ACCESS_WRITE, pc, frame);
    access_block((uintptr_t)size, sizeof *size, ACCESS_WRITE, pc, frame);
    if (*line != before || *size != had) {
        heap_lost(before);
        heap_allocated(*line, *size, pc, frame);
    }
    if (n >= 0) {
        access_block((uintptr_t)*line, (size_t)n + 1, ACCESS_WRITE, pc, frame);
    }
    return n;
}

#define READS_LINE(real)       \
    char *before = *line;      \
    size_t had = *size;        \
    ssize_t n;                 \
    rt_tools_enter(RT_CALLER); \
    n = real;                  \
    rt_tools_leave();          \
    return read_line(before, had, line, size, n, CALLER)

ssize_t __wrap_getdelim(char **line, size_t *size, int end, FILE *f)
{
    READS_LINE(__real_getdelim(line, size, end, f));
}

ssize_t __wrap___getdelim(char **line, size_t *size, int end, FILE *f)
{
    READS_LINE(__real___getdelim(line, size, end, f));
}

ssize_t __wrap_getline(char **line, size_t *size, FILE *f)
{
    READS_LINE(__real_getline(line, size, f));
}

/* -- mappings -------------------------------------------------------------- */

void *__wrap_mmap(void *at, size_t size, int protection, int flags, int fd,
                  off_t offset)
{
    void *p = __real_mmap(at, size, protection, flags, fd, offset);

    if (p != MAP_FAILED) {
        access_forget((uintptr_t)p, (uintptr_t)p + size);
    }
    return p;
}
