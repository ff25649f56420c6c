/* SPDX-License-Identifier: Apache-2.0
 *
 * The short form of a leg on strowger-ctl's command line:
 * name=alice,remote=10.0.0.2:4000,suite=AES_CM_128_HMAC_SHA1_80,key=BASE64,codecs=opus:96+PCMU
 * -> a leg with one stream, as call.create takes it; name=bob,type=vomp,sid=HEX has one of its
 * own.  Pure. */
#pragma once

#include <jansson.h>
#include <stddef.h>

/* A new object; NULL and a message in ERROR, which never repeats a value. */
json_t *ctl_leg_parse(const char *text, char *error, size_t room);

/* What may be said of it, NAME of NAME=, the Nth from 0; NULL: there are no more. */
const char *ctl_leg_key(size_t n);

/* "name=, interface=, ..." for the help, in lines. */
const char *ctl_leg_keys(char *buf, size_t room);
