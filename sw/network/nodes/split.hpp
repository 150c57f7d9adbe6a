#pragma once
// Layers that groups of nodes share.

namespace dojo::network {

/// What of a layer's weights a group of nodes has.
enum class Split {
  none,     ///< all
  outputs,  ///< those of some outputs, and their biases
  inputs    ///< those of some inputs: results are partial, and the sum over all groups gets the bias
};

}  // namespace dojo::network
