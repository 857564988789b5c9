/* SPDX-License-Identifier: MIT */
/* Wrong: ABBA in C11 clothes: the editor takes text then style, the printer
 * style then text. Each holds both for an instant only. */
#include <stdio.h>
#include <threads.h>

static mtx_t text, style;
static int letters, fonts; /* guarded by text, by style */

static int edit(void *unused)
{
    (void)unused;
    mtx_lock(&text);
    mtx_lock(&style);
    letters += 10;
    fonts++;
    mtx_unlock(&style);
    mtx_unlock(&text);
    return 0;
}

static int print(void *unused)
{
    int n;

    (void)unused;
    mtx_lock(&style);
    mtx_lock(&text);
    n = letters * fonts;
    mtx_unlock(&text);
    mtx_unlock(&style);
    return n < 0;
}

int main(void)
{
    thrd_t e, p;

    mtx_init(&text, mtx_plain);
    mtx_init(&style, mtx_plain);
    thrd_create(&e, edit, NULL);
    thrd_create(&p, print, NULL);
    thrd_join(e, NULL);
    thrd_join(p, NULL);
    mtx_destroy(&text);
    mtx_destroy(&style);
    puts("done");
    return 0;
}
