/* SPDX-License-Identifier: MIT */
/* Right: a System V semaphore as a lock. */
#include <assert.h>
#include <pthread.h>
#include <sys/ipc.h>
#include <sys/sem.h>

static int id, count;

static void change(short by)
{
    struct sembuf op = {0, by, 0};

    assert(semop(id, &op, 1) == 0);
}

static void *add(void *arg)
{
    for (int i = 0; i < 3; i++) {
        change(-1);
        count++;
        change(1);
    }
    return arg;
}

int main(void)
{
    pthread_t t[2];

    id = semget(IPC_PRIVATE, 1, 0600);
    assert(id >= 0);
    change(1);
    for (int i = 0; i < 2; i++) {
        pthread_create(&t[i], NULL, add, NULL);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(t[i], NULL);
    }
    semctl(id, 0, IPC_RMID);
    assert(count == 6);
    return 0;
}
