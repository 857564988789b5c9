/* SPDX-License-Identifier: MIT */
/* Wrong: the pause grows by the same amount each time. One, two, three: the
 * first two are as they should be, and the third is too short. */
#include "fetch.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "http.h"
#include "net.h"

struct job {
    const struct fetch_plan *plan; /* constant */
    const char *const *paths;      /* likewise */
    size_t count;                  /* likewise */
    struct fetch_result *results;  /* each belongs to who took its index */

    pthread_mutex_t lock; /* guards the field below */
    size_t next;          /* the first path that nobody has taken */
};

/* Returns false if there is none left. */
static bool take(struct job *j, size_t *out_index)
{
    bool taken = false;

    pthread_mutex_lock(&j->lock);
    taken = j->next < j->count;
    if (taken) {
        *out_index = j->next++;
    }
    pthread_mutex_unlock(&j->lock);
    return taken;
}

static uint64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void sleep_ms(uint64_t ms)
{
    struct timespec left = {.tv_sec = (time_t)(ms / 1000),
                            .tv_nsec = (long)(ms % 1000) * 1000000};

    while (nanosleep(&left, &left) != 0) {
    }
}

static int send_request(int fd, const char *path)
{
    char text[HTTP_REQUEST];
    size_t length = http_request(text, path);
    size_t sent = 0;

    while (sent < length) {
        ssize_t n = send(fd, text + sent, length - sent, MSG_NOSIGNAL);

        if (n < 0) {
            return ECONNRESET;
        }
        sent += (size_t)n;
    }
    return 0;
}

/* Sleep until there is something to receive. Returns 0 or ETIMEDOUT. */
static int await(int fd, uint64_t deadline_ns)
{
    struct pollfd p = {fd, POLLIN, 0};
    uint64_t now = 0;

    while ((now = now_ns()) < deadline_ns) {
        if (poll(&p, 1, (int)((deadline_ns - now + 999999) / 1000000)) > 0) {
            return 0;
        }
    }
    return ETIMEDOUT;
}

/* Receive one response as a whole. */
static int receive(int fd, uint64_t deadline_ns, struct http_response *r)
{
    enum http_state state = HTTP_MORE;

    while (state == HTTP_MORE) {
        char bytes[128];
        ssize_t n = 0;

        if (await(fd, deadline_ns) != 0) {
            return ETIMEDOUT;
        }
        n = recv(fd, bytes, sizeof(bytes), 0);
        if (n <= 0) {
            return now_ns() < deadline_ns ? ECONNRESET : ETIMEDOUT;
        }
        state = http_feed(r, bytes, (size_t)n);
    }
    if (now_ns() >= deadline_ns) {
        return ETIMEDOUT;
    }
    return state == HTTP_WHOLE ? 0 : EPROTO;
}

/* One try. *connection is the worker's, or -1; it is brought up to date. */
static int try_once(const struct fetch_plan *plan, const char *path,
                    int *connection, struct http_response *r)
{
    uint64_t deadline_ns = now_ns() + (uint64_t)plan->limit_ms * 1000000u;
    int error = 0;

    if (*connection < 0) {
        *connection = net_connect(plan->port);
        if (*connection < 0) {
            return errno;
        }
    }
    error = send_request(*connection, path);
    if (error == 0) {
        error = receive(*connection, deadline_ns, r);
    }
    if (error != 0 || !r->keep) {
        close(*connection);
        *connection = -1;
    }
    if (error != 0) {
        http_drop(r);
    }
    return error;
}

static bool worth_another(int error, int status)
{
    return error == ECONNREFUSED || error == ECONNRESET || error == ETIMEDOUT ||
           (error == 0 && status == 503);
}

static struct fetch_result fetch(const struct fetch_plan *plan,
                                 const char *path, int *connection)
{
    struct http_response response = {0};
    struct fetch_result result = {0};
    uint64_t backoff_ms = plan->backoff_ms;

    for (;;) {
        result.error = try_once(plan, path, connection, &response);
        result.tries++;
        if (result.tries == plan->tries ||
            !worth_another(result.error, response.status)) {
            break;
        }
        http_drop(&response);
        sleep_ms(backoff_ms);
        backoff_ms += plan->backoff_ms;
    }
    result.status = response.status;
    result.body = response.body;
    result.length = response.length;
    return result;
}

static void *work(void *arg)
{
    struct job *j = arg;
    int connection = -1;
    size_t index = 0;

    while (take(j, &index)) {
        j->results[index] = fetch(j->plan, j->paths[index], &connection);
    }
    if (connection >= 0) {
        close(connection);
    }
    return NULL;
}

int fetch_all(const struct fetch_plan *plan, const char *const paths[],
              size_t count, struct fetch_result results[])
{
    struct job job = {
        .plan = plan, .paths = paths, .count = count, .results = results};
    size_t workers = plan->workers < count ? plan->workers : count;
    pthread_t *threads = NULL;
    size_t started = 0;

    if (plan->workers == 0 || plan->tries == 0) {
        return EINVAL;
    }
    if (count == 0) {
        return 0;
    }
    threads = calloc(workers, sizeof(threads[0]));
    if (threads == NULL) {
        return ENOMEM;
    }
    pthread_mutex_init(&job.lock, NULL);
    while (started < workers &&
           pthread_create(&threads[started], NULL, work, &job) == 0) {
        started++;
    }
    for (size_t i = 0; i < started; i++) {
        pthread_join(threads[i], NULL);
    }
    pthread_mutex_destroy(&job.lock);
    free(threads);
    return started > 0 ? 0 : EAGAIN;
}
