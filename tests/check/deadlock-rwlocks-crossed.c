/* SPDX-License-Identifier: MIT */
/* Wrong: one thread reads the users to change the groups, another reads the
 * groups to change the users: each holds a read lock on what the other wants
 * to write. Both are quick and done once. */
#include <pthread.h>
#include <stdio.h>

struct table {
    pthread_rwlock_t lock; /* guards rows */
    int rows;
};

static struct table users = {PTHREAD_RWLOCK_INITIALIZER, 10};
static struct table groups = {PTHREAD_RWLOCK_INITIALIZER, 4};

/* Makes `to` at least as long as half of `from`. */
static void adjust(struct table *from, struct table *to)
{
    pthread_rwlock_rdlock(&from->lock);
    pthread_rwlock_wrlock(&to->lock);
    if (to->rows < from->rows / 2) {
        to->rows = from->rows / 2;
    }
    pthread_rwlock_unlock(&to->lock);
    pthread_rwlock_unlock(&from->lock);
}

static void *adjust_groups(void *unused)
{
    adjust(&users, &groups);
    return unused;
}

static void *adjust_users(void *unused)
{
    adjust(&groups, &users);
    return unused;
}

int main(void)
{
    pthread_t a, b;

    pthread_create(&a, NULL, adjust_groups, NULL);
    pthread_create(&b, NULL, adjust_users, NULL);
    pthread_join(a, NULL);
    pthread_join(b, NULL);
    printf("%d users, %d groups\n", users.rows, groups.rows);
    return 0;
}
