/* SPDX-License-Identifier: MIT */
/* Another process posts the semaphore, and does so long before the limit. */
#include <assert.h>
#include <errno.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int main(void)
{
    sem_t *s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE,
                    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct timespec until;
    int rc;

    assert(s != MAP_FAILED);
    sem_init(s, 1, 0);
    if (fork() == 0) {
        usleep(20000);
        sem_post(s);
        _exit(0);
    }
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 3600;
    do {
        rc = sem_timedwait(s, &until);
    } while (rc != 0 && errno == EINTR);
    assert(rc == 0);
    wait(NULL);
    return 0;
}
