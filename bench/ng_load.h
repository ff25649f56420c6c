/* SPDX-License-Identifier: Apache-2.0
 *
 * strowger-bench ng: calls offered, answered and deleted over the NG protocol, with strowger
 * or with rtpengine; how many in a second, and how soon each answer comes. */
#pragma once

int ng_load_main(int argc, char **argv);
