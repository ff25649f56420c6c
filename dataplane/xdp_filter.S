/* SPDX-License-Identifier: Apache-2.0
 *
 * Carries the compiled XDP program inside the executable, so that no file need be found at run time.
 * XDP_FILTER_OBJECT is its path while building. */
	.section .rodata
	.balign 8
	.globl xdp_filter_object, xdp_filter_object_end
xdp_filter_object:
	.incbin XDP_FILTER_OBJECT
xdp_filter_object_end:
	.section .note.GNU-stack, "", %progbits
