/* SPDX-License-Identifier: MIT */
/* Wrong: three threads are started through one pthread_t, and only the last
 * is joined; the first two are usually done by then, and the output is
 * complete. */
#include <pthread.h>
#include <stdio.h>

void *hello(void *name)
{
    printf("hello from %s\n", (const char *)name);
    return NULL;
}

int main(void)
{
    static char *names[] = {"ann", "bob", "cid"};
    pthread_t t;

    for (int i = 0; i < 3; i++) {
        if (pthread_create(&t, NULL, hello, names[i]) != 0) {
            perror("pthread_create");
            return 1;
        }
    }
    pthread_join(t, NULL);
    return 0;
}
