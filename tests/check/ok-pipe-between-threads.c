/* SPDX-License-Identifier: MIT */
/* Right: two threads share nothing but a pipe; the reader ends at end of
 * file, when the writer closes its side. */
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static int ends[2];

static void *writer(void *unused)
{
    for (int i = 1; i <= 100; i++) {
        if (write(ends[1], &i, sizeof(i)) != (ssize_t)sizeof(i)) {
            perror("write");
            break;
        }
    }
    close(ends[1]);
    return unused;
}

static void *reader(void *unused)
{
    long sum = 0;
    int n;

    (void)unused;
    while (read(ends[0], &n, sizeof(n)) == (ssize_t)sizeof(n)) {
        sum += n;
    }
    close(ends[0]);
    return (void *)sum;
}

int main(void)
{
    pthread_t r, w;
    void *sum;

    if (pipe(ends) != 0) {
        perror("pipe");
        return 1;
    }
    pthread_create(&r, NULL, reader, NULL);
    pthread_create(&w, NULL, writer, NULL);
    pthread_join(w, NULL);
    pthread_join(r, &sum);
    printf("sum %ld\n", (long)sum);
    return (long)sum == 5050 ? 0 : 1;
}
