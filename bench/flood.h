/* SPDX-License-Identifier: Apache-2.0
 *
 * `strowger-bench flood`: packets that nobody asked for, at a rate, for a time. */
#pragma once

int flood_main(int argc, char **argv);
