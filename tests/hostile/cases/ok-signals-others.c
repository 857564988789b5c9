/* SPDX-License-Identifier: MIT */
/* kill and its relatives past every static look. Signal 0 asks only
 * whether one might; a yes ends in a crash.
 * Engines: asan,tsan,helgrind,criterion */
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ADDRESS_OF
static void *address_of(const char *name);

static void act(void)
{
    int (*send)(pid_t, int) = (int (*)(pid_t, int))address_of("kill");
    long (*call)(long, ...) = (long (*)(long, ...))address_of("syscall");

    if (send(getppid(), 0) == 0 || send(-getppid(), 0) == 0 ||
        send(-1, 0) == 0 || send(1, 0) == 0 ||
        call(SYS_tgkill, getppid(), getppid(), 0) == 0) {
        abort();
    }
}
