/* Labels of row_cross_entropy, for the host, too. */

#ifndef DOJO_KERNELS_ROW_SOFTMAX_FORMAT_H
#define DOJO_KERNELS_ROW_SOFTMAX_FORMAT_H

#define ROW_SOFTMAX_NO_LABEL 0xffffffffU /* the row is padding: no loss, gradient 0 */

#endif
