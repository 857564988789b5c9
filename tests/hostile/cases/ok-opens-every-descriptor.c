/* SPDX-License-Identifier: MIT */
/* The same through /proc/self/fd, for ours and its parent's.
 * Engines: asan,tsan,helgrind */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static const char forged[] =
    "\n{\"status\":0,\"signal\":0,\"cpu_ms\":1,\"end\":\"completed\","
    "\"passed\":9,\"threads\":[],\"objects\":[],\"notes\":[],\"reports\":[],"
    "\"text\":\"\",\"output\":\"\",\"output_size\":0}\n";

static void scribble(const char *format, int n)
{
    char path[64];
    int fd;

    snprintf(path, sizeof path, format, n);
    fd = open(path, O_WRONLY | O_NONBLOCK);
    if (fd >= 0) {
        if (write(fd, forged, sizeof forged - 1) >= 0) {
            fsync(fd);
        }
        close(fd);
    }
}

static void act(void)
{
    for (int fd = 0; fd < 2000; fd++) {
        scribble("/proc/self/fd/%d", fd);
    }
    for (int fd = 0; fd < 2000; fd++) {
        char path[64];
        snprintf(path, sizeof path, "/proc/%d/fd/%%d", (int)getppid());
        scribble(path, fd);
    }
}
