#pragma once
// Numbers in little room: the arrays of a record.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace dojo::record {

/// Numbers as LEB128 (seven bits per byte, low ones first), deflated (zlib) and in base64.
[[nodiscard]] std::string pack(std::span<const std::uint64_t> numbers);

/// The `count` numbers of such a text. Throws InputError when it is damaged or has another count.
[[nodiscard]] std::vector<std::uint64_t> unpack(const std::string& text, std::size_t count);

}  // namespace dojo::record
