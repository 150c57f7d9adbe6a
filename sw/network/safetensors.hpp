#pragma once
// Files of named arrays in the safetensors format (https://huggingface.co/docs/safetensors): 8 bytes with the length of
// the header, little-endian; the header, JSON; then the data, little-endian, without gaps.

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "network/tensor.hpp"

namespace dojo::network {

/// An array of a file: FP32 ("F32"), or, with `integer`, "I64" whose numbers are kept in FP32, exact up to 2^24.
struct NamedArray {
  std::string name;
  Shape shape;
  bool integer = false;
  std::vector<float> values;
};

struct TensorFile {
  std::vector<NamedArray> arrays;               ///< in the order of the data
  std::map<std::string, std::string> metadata;  ///< what "__metadata__" of the header says
};

/// The bytes of a file. Arrays lie as they are in `file`; the data begins at a multiple of 8 bytes.
[[nodiscard]] std::vector<std::uint8_t> encode_tensors(const TensorFile& file);

/// Writes a file under another name and renames it, so that no half of one is ever there. Throws RunError when it
/// cannot be written.
void write_tensors(const std::filesystem::path& path, const TensorFile& file);

/// Reads a file. Throws InputError, one line that names the file, when it is missing, damaged or has other types.
[[nodiscard]] TensorFile read_tensors(const std::filesystem::path& path);

}  // namespace dojo::network
