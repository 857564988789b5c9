/* SPDX-License-Identifier: MIT */
/* network.c - whether what was sent over the network has arrived.
 *
 * Theory of operation. The kernel puts what is sent over the loopback into a
 * queue of the processor it was sent from, and empties that in order: mostly
 * before the call returns, under load a while later. So a datagram that this
 * process sends to itself arrives after all it sent before, provided that it
 * stays on its processor. What TCP itself holds back (a full window, say) is
 * not in that queue yet; each socket tells. */
#include "network.h"
#include "scheduler.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum {
    GAP = 64, /* numbers without a descriptor: there are no higher ones */
    WAIT_MS = 50,
};

static bool expected;

void network_expect(void)
{
    if (!expected) {
        sched_stay_here();
    }
    expected = true;
}

/* Raw calls from here on: nobody is to follow or to watch them. */

void network_prompt(int fd)
{
    static const int yes = 1;
    int error = errno;

    syscall(SYS_setsockopt, fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    errno = error;
}

static bool tcp_holds_back(void)
{
    int waiting = 0;

    for (int fd = 0, gap = 0; gap < GAP && waiting == 0; fd++) {
        if (syscall(SYS_ioctl, fd, SIOCOUTQNSD, &waiting) != 0) {
            waiting = 0;
            gap = errno == EBADF ? gap + 1 : 0;
        }
    }
    return waiting != 0;
}

/* Send a datagram to oneself, and wait for it. False if that does not work. */
static bool queue_is_empty(void)
{
    struct sockaddr_in self = {.sin_family = AF_INET,
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof self;
    int fd = (int)syscall(SYS_socket, AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct pollfd came = {.fd = fd, .events = POLLIN};
    struct timespec left = {0, WAIT_MS * 1000000L};
    bool empty;

    empty = fd >= 0 && syscall(SYS_bind, fd, &self, size) == 0 &&
            syscall(SYS_getsockname, fd, &self, &size) == 0 &&
            syscall(SYS_sendto, fd, "", 1, 0, &self, size) == 1 &&
            syscall(SYS_ppoll, &came, 1, &left, NULL, 0) == 1;
    if (fd >= 0) {
        syscall(SYS_close, fd);
    }
    return empty;
}

bool network_is_quiet(void)
{
    int error = errno;
    bool quiet = !expected || (!tcp_holds_back() && queue_is_empty());

    errno = error;
    return quiet;
}
