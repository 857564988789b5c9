/* SPDX-License-Identifier: MIT */
/* network.h - whether what was sent over the network has arrived. Controlled
 * runs only; the thread with the turn. */
#ifndef RT_NETWORK_H
#define RT_NETWORK_H

#include <stdbool.h>

/* From now on what is sent may take a while to arrive. */
void network_expect(void);

/* Let a TCP connection send small pieces at once. Otherwise the second one
 * waits until the first is acknowledged, up to 40 ms that no schedule needs. */
void network_prompt(int fd);

/* True if nothing is under way to this process over its own loopback, or it
 * has never had a network. False if that is not known: perhaps something is. */
bool network_is_quiet(void);

#endif
