/* SPDX-License-Identifier: MIT */
/* A main of its own. */

int main(void)
{
    return 0;
}

static void act(void)
{
    (void)0;
}
