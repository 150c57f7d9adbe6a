/* Kernels in which every value stands for itself. */

#include "kernels.h"
#include "kernels/activation.h"
#include "kernels/binary_cross_entropy.h"
#include "kernels/dropout.h"
#include "kernels/elementwise.h"
#include "kernels/quantize.h"

static void quantize(enum kernel_call call) {
  const uint32_t control = dojo_cfloat8_control(argument(2), argument(3), argument(4) != 0);
  dojo_seed(argument(4));
  if (call == KERNEL_QUANTIZE_FP32) {
    quantize_fp32(argument(1), control, pointer(5), pointer(6));
  } else {
    quantize_bf16(argument(1), control, pointer(5), pointer(6));
  }
}

int kernels_values(enum kernel_call call) {
  switch (call) {
    case KERNEL_BIAS:
      elementwise_bias(argument(1), argument(2), pointer(3), pointer(4), pointer(5));
      return 1;
    case KERNEL_BIAS_RELU:
      elementwise_bias_relu(argument(1), argument(2), pointer(3), pointer(4), pointer(5), pointer(6));
      return 1;
    case KERNEL_BIAS_RELU_BF16:
      elementwise_bias_relu_bf16(argument(1), argument(2), pointer(3), pointer(4), pointer(5));
      return 1;
    case KERNEL_RELU_GRADIENT:
      elementwise_relu_gradient(argument(1), pointer(2), pointer(3), pointer(4));
      return 1;
    case KERNEL_TO_BF16:
      elementwise_to_bf16(argument(1), pointer(2), pointer(3));
      return 1;
    case KERNEL_ADD:
      elementwise_add(argument(1), pointer(2), pointer(3));
      return 1;
    case KERNEL_GELU:
      activation_gelu(argument(1), pointer(2), pointer(3));
      return 1;
    case KERNEL_GELU_GRADIENT:
      activation_gelu_gradient(argument(1), pointer(2), pointer(3), pointer(4));
      return 1;
    case KERNEL_SIGMOID:
      activation_sigmoid(argument(1), pointer(2), pointer(3));
      return 1;
    case KERNEL_SIGMOID_GRADIENT:
      activation_sigmoid_gradient(argument(1), pointer(2), pointer(3), pointer(4));
      return 1;
    case KERNEL_RELU_BF16:
      activation_relu(argument(1), pointer(2), pointer(3));
      return 1;
    case KERNEL_RELU_GRADIENT_BF16:
      activation_relu_gradient(argument(1), pointer(2), pointer(3), pointer(4));
      return 1;
    case KERNEL_RESIDUAL:
      activation_residual(argument(1), pointer(2), pointer(3), pointer(4));
      return 1;
    case KERNEL_BINARY_CROSS_ENTROPY:
      binary_cross_entropy(argument(1), pointer(2), pointer(3), float_argument(4), pointer(5), pointer(6));
      return 1;
    case KERNEL_DROPOUT:
      dropout(argument(1), dropout_key(argument(2), argument(3)), argument(4), dropout_threshold(float_argument(5)),
              1.0f / float_argument(5), pointer(6), pointer(7));
      return 1;
    case KERNEL_QUANTIZE_FP32:
    case KERNEL_QUANTIZE_BF16:
      quantize(call);
      return 1;
    case KERNEL_QUANTIZE_WIDEN:
      quantize_widen(argument(1), dojo_cfloat8_control(argument(2), argument(3), 0), pointer(4), pointer(5));
      return 1;
    default:
      return 0;
  }
}
