/* SPDX-License-Identifier: MIT */
/* Wrong: main sends one message less than the thread waits for. */
#include <assert.h>
#include <fcntl.h>
#include <mqueue.h>
#include <pthread.h>
#include <stdio.h>
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
    char name[40];
    pthread_t t;

    snprintf(name, sizeof name, "/threadlab-%d", (int)getpid());
    queue = mq_open(name, O_CREAT | O_EXCL | O_RDWR, 0600, &attr);
    assert(queue != (mqd_t)-1);
    mq_unlink(name);
    pthread_create(&t, NULL, receive, NULL);
    plan = 5;
    for (char i = 0; i < MESSAGES - 1; i++) {
        assert(mq_send(queue, &i, 1, 0) == 0);
    }
    pthread_join(t, NULL);
    mq_close(queue);
    return 0;
}
