/* SPDX-License-Identifier: MIT */
/* test_term.c - what a terminal is found to be able to do, wrapping, and the
 * progress line, watched on a pseudo terminal or a pretended screen.
 *
 * Links with term.c, utf8.c and progress.c. */
#include "progress.h"
#include "term.h"
#include "utf8.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* A new terminal of this width. The other end stays open until the test's
 * process ends, because without it this one would be closed too. */
static FILE *open_terminal(unsigned short columns)
{
    struct winsize size = {.ws_row = 24, .ws_col = columns};
    int fd = posix_openpt(O_RDWR | O_NOCTTY);
    FILE *f = NULL;

    cr_assert_geq(fd, 0);
    cr_assert_eq(grantpt(fd), 0);
    cr_assert_eq(unlockpt(fd), 0);
    f = fopen(ptsname(fd), "r+");
    cr_assert_not_null(f);
    cr_assert_eq(ioctl(fileno(f), TIOCSWINSZ, &size), 0);
    return f;
}

static void set_environment(const char *kind, const char *columns,
                            const char *no_color, const char *locale)
{
    setenv("TERM", kind, 1);
    setenv("COLUMNS", columns, 1);
    setenv("NO_COLOR", no_color, 1);
    setenv("LC_ALL", locale, 1);
}

Test(term, a_terminal_is_as_wide_as_its_window)
{
    FILE *f = open_terminal(97);
    struct term t;

    set_environment("xterm", "66", "", "C.UTF-8");
    t = term_detect(f);
    cr_expect_eq(t.width, 97);
    cr_expect(t.color);
    cr_expect(t.live);
    cr_expect(t.utf8);
    cr_expect_eq(t.out, f);
    fclose(f);
}

Test(term, no_color_and_dumb_terminals_are_respected)
{
    FILE *f = open_terminal(0);
    struct term t;

    set_environment("xterm", "66", "1", "C");
    t = term_detect(f);
    cr_expect_not(t.color);
    cr_expect(t.live);
    cr_expect_not(t.utf8);
    cr_expect_eq(t.width, 66);
    set_environment("dumb", "", "", "C");
    t = term_detect(f);
    cr_expect_not(t.color);
    cr_expect_not(t.live);
    cr_expect_eq(t.width, 80);
    fclose(f);
}

Test(term, a_file_gets_neither_colour_nor_a_foolish_width)
{
    static const struct {
        const char *columns;
        int width;
    } cases[] = {{"", 80},     {"7", 40},     {"-3", 80},
                 {"100", 100}, {"9999", 120}, {"wide", 80}};
    FILE *f = tmpfile();

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct term t;

        set_environment("xterm", cases[i].columns, "", "C.UTF-8");
        t = term_detect(f);
        cr_expect_not(t.color);
        cr_expect_not(t.live);
        cr_expect_eq(t.width, cases[i].width, "COLUMNS=%s gave %d",
                     cases[i].columns, t.width);
    }
    fclose(f);
}

Test(term, utf8_is_read_strictly)
{
    static const struct {
        const char *bytes;
        size_t taken;
        uint32_t character;
    } cases[] = {
        {"A", 1, 'A'},
        {"\xC3\xA4", 2, 0xE4},
        {"\xE2\x82\xAC", 3, 0x20AC},
        {"\xF0\x9F\x98\x80", 4, 0x1F600},
        {"\xF4\x8F\xBF\xBF", 4, 0x10FFFF},
        {"\x80", 1, UTF8_REPLACEMENT},             /* continues nothing */
        {"\xC3", 1, UTF8_REPLACEMENT},             /* cut off */
        {"\xE2\x82", 1, UTF8_REPLACEMENT},         /* cut off */
        {"\xC0\xAF", 1, UTF8_REPLACEMENT},         /* overlong '/' */
        {"\xE0\x9F\xBF", 1, UTF8_REPLACEMENT},     /* overlong */
        {"\xF0\x8F\xBF\xBF", 1, UTF8_REPLACEMENT}, /* overlong */
        {"\xED\xA0\x80", 1, UTF8_REPLACEMENT},     /* a surrogate */
        {"\xF4\x90\x80\x80", 1, UTF8_REPLACEMENT}, /* beyond the end */
        {"\xF8\x88\x80\x80\x80", 1, UTF8_REPLACEMENT},
        {"\xFF", 1, UTF8_REPLACEMENT},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint32_t c = 0;

        cr_expect_eq(utf8_next(cases[i].bytes, &c), cases[i].taken, "%zu", i);
        cr_expect_eq(c, cases[i].character, "case %zu: U+%04X", i, c);
    }
}

static char *wrapped(int width, int column, int indent, const char *text)
{
    char *out = NULL;
    size_t size = 0;
    struct term t = {.utf8 = true, .width = width};

    t.out = open_memstream(&out, &size);
    term_wrap(&t, column, indent, text);
    cr_assert_eq(fclose(t.out), 0);
    return out;
}

Test(term, wrapping_breaks_between_words)
{
    static const struct {
        int width, column, indent;
        const char *text, *expected;
    } cases[] = {
        {10, 0, 0, "", "\n"},
        {10, 0, 0, "one", "one\n"},
        {10, 0, 0, "one two 10", "one two 10\n"},
        {10, 0, 0, "one two 10x", "one two\n10x\n"},
        {10, 4, 2, "one two three", "one\n  two\n  three\n"},
        {10, 0, 0, "  a   picture\nthen text to wrap \n",
         "  a   picture\nthen text\nto wrap\n"},
        {10, 0, 1, "a\n\nb", "a\n\n b\n"},
        {10, 0, 1, "a incomprehensibilities b",
         "a\n incomprehensibilities\n b\n"},
        {10, 0, 0,
         "\xC3\xA4\xC3\xB6\xC3\xBC\xC3\xA4 \xC3\xB6\xC3\xBC\xC3\xA4"
         "\xC3\xB6\xC3\xBC",
         "\xC3\xA4\xC3\xB6\xC3\xBC\xC3\xA4 \xC3\xB6\xC3\xBC\xC3\xA4\xC3\xB6"
         "\xC3\xBC\n"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *out = wrapped(cases[i].width, cases[i].column, cases[i].indent,
                            cases[i].text);
        cr_expect_str_eq(out, cases[i].expected, "case %zu: \"%s\"", i, out);
        free(out);
    }
}

/* --- progress --- */

struct screen {
    char *bytes;
    size_t size;
    struct term term;
    struct progress *progress;
};

static void screen_open(struct screen *s, bool live)
{
    *s = (struct screen){.term = {.live = live, .width = 40}};
    s->term.out = open_memstream(&s->bytes, &s->size);
    s->progress = progress_create(&s->term);
    cr_assert_not_null(s->progress);
}

/* What the line looks like now, without the blanks at its end. */
static const char *screen_line(const struct screen *s)
{
    static char line[256];
    size_t column = 0;

    fflush(s->term.out);
    memset(line, '\0', sizeof(line));
    for (size_t i = 0; i < s->size; i++) {
        if (s->bytes[i] == '\r') {
            column = 0;
        } else {
            cr_assert_lt(column, 39, "the last column must stay free");
            line[column++] = s->bytes[i];
        }
    }
    for (size_t n = strlen(line); n > 0 && line[n - 1] == ' '; n--) {
        line[n - 1] = '\0';
    }
    return line;
}

static void screen_close(struct screen *s)
{
    progress_destroy(s->progress);
    cr_expect_str_empty(screen_line(s), "the line is still there");
    fclose(s->term.out);
    free(s->bytes);
}

Test(progress, the_line_overwrites_itself_and_goes_away)
{
    struct screen s;

    screen_open(&s, true);
    progress_show(s.progress, "21-counter", "criterion", 10, 100);
    cr_expect_str_eq(screen_line(&s), "21-counter  criterion  10/100 runs ...");
    progress_show(s.progress, "21-counter", "tsan", 1, 100);
    cr_expect_str_eq(screen_line(&s), "21-counter  tsan  1/100 runs ...");
    progress_pause(s.progress);
    cr_expect_str_empty(screen_line(&s));
    progress_show(s.progress, "21-counter", "tsan", 2, 100);
    cr_expect_str_empty(screen_line(&s), "drawn while paused");
    progress_resume(s.progress);
    cr_expect_str_eq(screen_line(&s), "21-counter  tsan  2/100 runs ...");
    progress_show(s.progress, "a-very-long-\033[2Jname-of-an-exercise", "tsan",
                  2, 100);
    cr_expect_str_eq(screen_line(&s),
                     "a-very-long-?[2Jname-of-an-exercise ...");
    screen_close(&s);
}

Test(progress, nothing_is_written_where_nothing_can_be_overwritten)
{
    struct screen s;

    screen_open(&s, false);
    progress_show(s.progress, "21-counter", "tsan", 1, 100);
    progress_pause(s.progress);
    progress_resume(s.progress);
    fflush(s.term.out);
    cr_expect_eq(s.size, 0);
    screen_close(&s);
    progress_show(NULL, "21-counter", "tsan", 1, 100);
    progress_pause(NULL);
    progress_resume(NULL);
    progress_destroy(NULL);
}

static void *show_many(void *arg)
{
    for (int i = 0; i < 500; i++) {
        progress_show(arg, "21-counter", "tsan", i, 500);
    }
    return NULL;
}

Test(progress, many_threads_share_the_line)
{
    struct screen s;
    pthread_t threads[4];

    screen_open(&s, true);
    for (size_t i = 0; i < 4; i++) {
        cr_assert_eq(pthread_create(&threads[i], NULL, show_many, s.progress),
                     0);
    }
    for (int i = 0; i < 200; i++) {
        progress_pause(s.progress);
        cr_assert_str_empty(screen_line(&s)); /* ours alone, while paused */
        progress_resume(s.progress);
    }
    for (size_t i = 0; i < 4; i++) {
        cr_assert_eq(pthread_join(threads[i], NULL), 0);
    }
    cr_expect_str_eq(screen_line(&s), "21-counter  tsan  499/500 runs ...");
    screen_close(&s);
}
