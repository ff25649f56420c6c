/* SPDX-License-Identifier: Apache-2.0
 *
 * `strowger-bench replay`: a capture through the real stages, in virtual time. */
#pragma once

/* argv[0] is "replay"; the exit status. */
int replay_main(int argc, char **argv);
