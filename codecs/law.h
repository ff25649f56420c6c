/* SPDX-License-Identifier: Apache-2.0
 *
 * The tables of G.711, for who needs no codec: forwarding cores turn one law into the other.
 * ITU-T G.711, tables 3 and 4 of its section 3.4. */
#pragma once

#include <stdint.h>

extern const uint8_t law_a_of_u[256], law_u_of_a[256];
extern const int16_t law_linear_of_u[256], law_linear_of_a[256];
