/* What pooling_pairs.h leaves for the gradient; also read by the host (C++). */

#ifndef DOJO_KERNELS_POOLING_PAIRS_FORMAT_H
#define DOJO_KERNELS_POOLING_PAIRS_FORMAT_H

/* Winners of two tiles above each other: 64 bits for the upper one, then 64 for the lower one. */
#define POOLING_PAIRS_WINNERS_BYTES 16

#endif
