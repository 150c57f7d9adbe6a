#pragma once
// The signals that an FST file holds.

#include <filesystem>
#include <map>
#include <string>

namespace dojo::sim {

/// A signal as GTKWave names it.
struct FstSignal {
  std::string name;  ///< full name with its bit range, such as "top.unit.count[7:0]"
  unsigned bits = 1;
};

/// The signals of a file by full name without bit range, such as "top.unit.count"; elements of arrays keep their index,
/// "top.unit.table[3]". Throws RunError when the file cannot be read.
std::map<std::string, FstSignal> read_fst_hierarchy(const std::filesystem::path& file);

}  // namespace dojo::sim
