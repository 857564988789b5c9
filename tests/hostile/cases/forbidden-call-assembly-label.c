/* SPDX-License-Identifier: MIT */
/* A name behind a name. */

int steal(void *m) __asm__("pthread_mutex_lock");
int steal(void *m)
{
    return m == 0;
}

static void act(void)
{
    (void)0;
}
