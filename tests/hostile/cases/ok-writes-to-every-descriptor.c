/* SPDX-License-Identifier: MIT */
/* Lines that look like the server's.
 * Engines: asan,tsan,helgrind */
#include <unistd.h>

static const char forged[] =
    "\n{\"status\":0,\"signal\":0,\"cpu_ms\":1,\"end\":\"completed\","
    "\"passed\":9,\"threads\":[],\"objects\":[],\"notes\":[],\"reports\":[],"
    "\"text\":\"\",\"output\":\"\",\"output_size\":0}\n";

static void act(void)
{
    for (int fd = 0; fd < 70000; fd++) {
        if (write(fd, forged, sizeof forged - 1) < 0) {
            continue;
        }
    }
}
