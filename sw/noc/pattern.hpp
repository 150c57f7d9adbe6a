#pragma once
// Where the nodes of a mesh send: the patterns by which networks are compared (definitions as in BookSim), and memory
// at the edges.

#include <array>
#include <cstdint>
#include <optional>
#include <random>
#include <string_view>

#include "common/backend.hpp"

namespace dojo::noc {

/// transpose needs a k x k mesh, shuffle a number of nodes that is a power of two.
enum class Pattern : std::uint8_t {
  uniform,    ///< anywhere, itself included
  transpose,  ///< (x, y) to (y, x)
  tornado,    ///< nearly half the mesh further in both dimensions
  neighbor,   ///< one further in both dimensions, around the edges
  bitcomp,    ///< bit complement: mirrored in both dimensions
  shuffle,    ///< the bits of the node's number rotated left by one
  hotspot,    ///< one of the four corners
  edge        ///< one of the ports beyond the west and east edges (sites of RouterMesh with ports)
};

/// The patterns between nodes.
inline constexpr std::array standard_patterns{Pattern::uniform, Pattern::transpose, Pattern::tornado, Pattern::neighbor,
                                              Pattern::bitcomp, Pattern::shuffle,   Pattern::hotspot};

std::string_view name_of(Pattern pattern);

/// The pattern of that name, if there is one.
std::optional<Pattern> pattern_of(std::string_view name);

/// Throws InputError unless the pattern is defined on such a mesh.
void check_pattern(Pattern pattern, MeshSize mesh);

/// Site to which `node` sends its next packet; a pattern of several destinations chooses one, all with equal
/// probability.
unsigned destination_of(Pattern pattern, unsigned node, MeshSize mesh, std::mt19937_64& random);

}  // namespace dojo::noc
