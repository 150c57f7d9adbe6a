#pragma once
// What a coverage build has counted.

#include <cstdint>
#include <map>
#include <string>

class VerilatedContext;

namespace dojo::tb {

/// Count of every cover property of the models of `context`, by its hierarchical name below the first scope called
/// `module`; several instances of the module are added up.
std::map<std::string, std::uint64_t> cover_counts(VerilatedContext& context, const std::string& module);

}  // namespace dojo::tb
