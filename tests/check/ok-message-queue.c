/* SPDX-License-Identifier: MIT */
/* Right: what main has written before it sends is there for who receives, and
 * a queue of one place makes the two wait for one another. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <pthread.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { MESSAGES = 3 };

static mqd_t queue;
static int plan;

static void *receive(void *arg)
{
    char m;

    for (char i = 0; i < MESSAGES; i++) {
        assert(mq_receive(queue, &m, 1, NULL) == 1 && m == i);
        assert(plan == 5);
    }
    return arg;
}

int main(void)
{
    struct mq_attr attr = {.mq_maxmsg = 1, .mq_msgsize = 1};
    struct timespec limit;
    char name[40], m;
    pthread_t t;

    snprintf(name, sizeof name, "/threadlab-%d", (int)getpid());
    queue = mq_open(name, O_CREAT | O_EXCL | O_RDWR, 0600, &attr);
    if (queue == (mqd_t)-1) {
        return 0; /* a machine without message queues */
    }
    mq_unlink(name);
    pthread_create(&t, NULL, receive, NULL);
    plan = 5;
    for (char i = 0; i < MESSAGES; i++) {
        assert(mq_send(queue, &i, 1, 0) == 0);
    }
    pthread_join(t, NULL);

    clock_gettime(CLOCK_REALTIME, &limit);
    limit.tv_nsec += 1000000;
    limit.tv_sec += limit.tv_nsec / 1000000000;
    limit.tv_nsec %= 1000000000;
    assert(mq_timedreceive(queue, &m, 1, NULL, &limit) == -1);
    assert(errno == ETIMEDOUT);
    mq_close(queue);
    return 0;
}
