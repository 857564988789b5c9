/* SPDX-License-Identifier: MIT */
/* Memory of the process that supervises it.
 * Engines: asan,tsan,criterion */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void act(void)
{
    char path[64];
    int fd;

    snprintf(path, sizeof path, "/proc/%d/mem", (int)getppid());
    fd = open(path, O_RDWR);
    if (fd >= 0) {
        abort();
    }
}
