#include "report/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string_view>

#include "common/error.hpp"
#include "record/packed.hpp"
#include "record/recorder.hpp"
#include "report/page.hpp"

namespace dojo::report {
namespace {

using Json = nlohmann::ordered_json;

/// Most windows, nodes and quantities of a record, so that a damaged one does not take all memory.
constexpr std::uint64_t most_numbers = 50'000'000;

Json read_json(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  if (!stream) throw InputError(fmt::format("{}: the file cannot be read", file.string()));
  Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded() || !json.is_object()) throw InputError(fmt::format("{}: damaged: no JSON", file.string()));
  return json;
}

void check_format(const Json& json, unsigned format, const std::filesystem::path& file) {
  const auto found = json.find("format");
  if (found == json.end() || !found->is_number_unsigned()) {
    throw InputError(fmt::format("{}: damaged: it names no format", file.string()));
  }
  if (*found != format) {
    throw InputError(fmt::format("{}: of format {}; this program reads format {}", file.string(),
                                 found->get<std::uint64_t>(), format));
  }
}

/// Checks what the page takes for granted.
void check_record(const Json& record) {
  const auto& machine = record.at("machine");
  const std::size_t nodes = machine.at("nodes").size();
  const auto columns = machine.at("columns").get<unsigned>();
  const auto rows = machine.at("rows").get<unsigned>();
  for (const Json& node : machine.at("nodes")) {
    if (node.at(0).get<unsigned>() >= columns || node.at(1).get<unsigned>() >= rows) {
      throw InputError("a node is outside the machine");
    }
  }
  const auto windows = record.at("windows").get<std::uint64_t>();
  const std::size_t quantities = record.at("quantities").size();
  if (windows > most_numbers / std::max<std::size_t>(1, nodes * quantities)) throw InputError("too many windows");
  (void)record::unpack(record.at("numbers").get<std::string>(), nodes * quantities * windows);
  (void)record.at("cycles").get<std::uint64_t>();
  if (record.at("interval").get<std::uint64_t>() == 0) throw InputError("windows of no cycles");
  const std::size_t causes = record.at("causes").size();
  for (const Json& line : record.at("kernels")) {
    if (line.at("samples").size() != causes) throw InputError("a line of code with other causes");
  }
  for (const char* name : {"latency", "programs", "sample_period", "command", "exit_code"}) (void)record.at(name);
}

/// Checks the arrays of a profile: harts, their stacks, and what those name.
void check_profile(const Json& profile) {
  const std::size_t causes = profile.at("causes").size();
  const std::size_t frames = profile.at("frames").size();
  for (const Json& hart : profile.at("harts")) {
    for (const Json& stack : hart.at("stacks")) {
      if (stack.at("cycles").size() != causes) throw InputError("a stack with other causes");
      for (const Json& frame : stack.at("frames")) {
        if (frame.get<std::size_t>() >= frames) throw InputError("a stack of unknown frames");
      }
    }
  }
}

template <typename Check>
void check(const std::filesystem::path& file, Check check) {
  try {
    check();
  } catch (const nlohmann::json::exception& error) {
    const std::string_view text = error.what();
    throw InputError(fmt::format("{}: damaged: {}", file.string(), text.substr(text.find("] ") + 2)));
  } catch (const InputError& error) {
    throw InputError(fmt::format("{}: damaged: {}", file.string(), error.what()));
  }
}

/// JSON that may stand in a script element: nothing in it ends the element.
std::string in_script(const Json& json) {
  std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  for (std::size_t at = text.find('<'); at != std::string::npos; at = text.find('<', at)) {
    text.replace(at, 1, "\\u003c");
  }
  return text;
}

std::string in_html(std::string_view text) {
  std::string result;
  for (const char letter : text) {
    switch (letter) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      default:
        result += letter;
    }
  }
  return result;
}

std::string title_of(const Json& record) {
  std::string title = "dojo";
  for (const Json& word : record.at("command")) title += " " + word.get<std::string>();
  return title;
}

/// Puts `text` where `name` stands in braces.
void fill(std::string& page, const std::string& name, std::string_view text) {
  const std::string mark = "{{" + name + "}}";
  const std::size_t at = page.find(mark);
  page.replace(at, mark.size(), text);
}

}  // namespace

Json read_record(const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / record::file_name;
  if (!std::filesystem::exists(file)) {
    throw InputError(fmt::format("{}: there is no record; a run with --record makes one", file.string()));
  }
  Json record = read_json(file);
  check_format(record, record::format, file);
  check(file, [&] {
    check_record(record);
    (void)title_of(record);
  });
  return record;
}

Json read_profile(const std::filesystem::path& folder) {
  constexpr unsigned profile_format = 1;
  const std::filesystem::path file = folder / profile_name;
  if (!std::filesystem::exists(file)) return nullptr;
  Json profile = read_json(file);
  check_format(profile, profile_format, file);
  check(file, [&] { check_profile(profile); });
  return profile;
}

std::string make_page(const Json& record, const Json& profile) {
  std::string page(page_html);
  // The last ones first: what is filled in is not searched.
  std::string scripts;
  for (const std::string_view script : page_scripts) scripts += script;
  fill(page, "script", scripts);
  fill(page, "profile", in_script(profile));
  fill(page, "record", in_script(record));
  fill(page, "style", page_style);
  fill(page, "title", in_html(title_of(record)));
  return page;
}

std::size_t write_page(const std::filesystem::path& folder, const std::filesystem::path& page) {
  const std::string text = make_page(read_record(folder), read_profile(folder));
  std::ofstream stream(page, std::ios::binary);
  if (!stream) throw InputError(fmt::format("{}: the file cannot be written", page.string()));
  stream << text;
  stream.close();
  if (!stream) throw RunError(fmt::format("{}: the page could not be written", page.string()));
  return text.size();
}

}  // namespace dojo::report
