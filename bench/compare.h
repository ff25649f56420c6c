/* SPDX-License-Identifier: Apache-2.0
 *
 * `strowger-bench compare`: one figure of several contestants side by side.  One thread. */
#pragma once

int compare_main(int argc, char **argv);
