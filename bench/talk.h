/* SPDX-License-Identifier: Apache-2.0
 *
 * `strowger-bench talk`: phones over the kernel's sockets that say what is in a file, and
 * count what they hear.  Knows nothing of the relay, so that any relay can stand between them.
 * One thread. */
#pragma once

int talk_main(int argc, char **argv);
