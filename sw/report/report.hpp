#pragma once
// The page of a recorded run: one HTML file that needs no other one and no network (docs/report.md).

#include <cstddef>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

namespace dojo::report {

/// Name of the file of exact profiles beside a record (docs/report.md, "Profile").
inline constexpr const char* profile_name = "profile.json";

/// Reads the record in a folder. Throws InputError, which names the file, when there is none, or it is damaged or of
/// another version.
[[nodiscard]] nlohmann::ordered_json read_record(const std::filesystem::path& folder);
/// The same of the profile beside it; null when there is none.
[[nodiscard]] nlohmann::ordered_json read_profile(const std::filesystem::path& folder);

/// The page of a record and its profile, which may be null.
[[nodiscard]] std::string make_page(const nlohmann::ordered_json& record, const nlohmann::ordered_json& profile);

/// Writes the page of the record in a folder and returns its size in bytes. Throws InputError like read_record and when
/// the page cannot be opened for writing, RunError when it cannot be written whole.
std::size_t write_page(const std::filesystem::path& folder, const std::filesystem::path& page);

}  // namespace dojo::report
