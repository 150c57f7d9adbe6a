/* Targets of binary_cross_entropy, for the host, too. */

#ifndef DOJO_KERNELS_BINARY_CROSS_ENTROPY_FORMAT_H
#define DOJO_KERNELS_BINARY_CROSS_ENTROPY_FORMAT_H

#define BINARY_CROSS_ENTROPY_NO_TARGET (-1.0f) /* the value is padding: no loss, gradient 0 */

#endif
