/* SPDX-License-Identifier: MIT */
/* Everywhere it can think of; run.sh looks afterwards.
 * Engines: asan,criterion,tsan,helgrind */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static void scribble(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);

    if (fd >= 0) {
        if (write(fd, "was here\n", 9) == 9) {
            fsync(fd);
        }
        close(fd);
    }
}

static void act(void)
{
    static const char *const paths[] = {
        "/tmp/threadlab-was-here",
        "/var/tmp/threadlab-was-here",
        "/dev/shm/threadlab-was-here",
        "@HOME@/threadlab-was-here",
        "@KIT@/threadlab-was-here",
        "@KIT@/build/threadlab-was-here",
        "@CANARY@",
        "/etc/threadlab-was-here",
        "./threadlab-was-here",
        "../threadlab-was-here",
    };
    char self[4096] = "";

    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        scribble(paths[i]);
    }
    if (readlink("/proc/self/exe", self, sizeof self - 20) > 0) {
        chmod(self, 0777);
        scribble(self);
        strcat(self, "threadlab-was-here");
        scribble(self);
    }
    unlink("@CANARY@");
    mkdir("@HOME@/threadlab-was-here", 0777);
    symlink("/", "/tmp/threadlab-was-here");
    shm_unlink("/threadlab-was-here");
    close(shm_open("/threadlab-was-here", O_CREAT | O_RDWR, 0600));
}
