/* SPDX-License-Identifier: MIT */
/* Wrong: main detaches the printer and returns, which ends the process with
 * the printer in the middle of its pages; that main tidies up a little
 * before it returns is not enough to be sure. */
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static void print_page(int page)
{
    char text[32];
    int n = snprintf(text, sizeof(text), "page %d\n", page);

    if (write(STDOUT_FILENO, text, (size_t)n) != n) {
        perror("write");
    }
}

static void *printer(void *arg)
{
    int pages = (int)(long)arg;

    for (int page = 1; page <= pages; page++) {
        print_page(page);
    }
    return NULL;
}

static void tidy_up(void)
{
    for (volatile int i = 0; i < 3000000; i++) {
    }
}

int main(void)
{
    pthread_t t;

    if (pthread_create(&t, NULL, printer, (void *)5L) != 0) {
        return 1;
    }
    pthread_detach(t);
    tidy_up();
    return 0;
}
