#include "sim/assertion.hpp"

#include <cstdarg>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "sim/verilated_hooks.h"

namespace {

// Verilator prints the text of $error before it calls vl_stop, on the same thread.
// A Verilated thread runs one model at a time, so that the last error line belongs to the stop that follows it.
thread_local std::string pending_line;     // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)
thread_local std::string pending_message;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

void print_line(std::string_view line) {
  constexpr std::string_view error_mark = "%Error: ";
  constexpr std::string_view fatal_mark = "%Fatal: ";
  for (const std::string_view mark : {error_mark, fatal_mark}) {
    const std::size_t at = line.find(mark);
    if (at != std::string_view::npos) {
      pending_message = line.substr(at + mark.size());
      return;
    }
  }
  std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
}

/// "file.sv:12: Assertion failed in top.u: text" -> "text". Verilator repeats the place that it passes to vl_stop.
std::string text_of(const std::string& message) {
  constexpr std::string_view prefix = "Assertion failed in ";
  const std::size_t at = message.find(prefix);
  if (at == std::string::npos) return message;
  const std::size_t colon = message.find(": ", at);
  return colon == std::string::npos ? std::string("assertion failed") : message.substr(colon + 2);
}

/// Instance named by "Assertion failed in top.u: text"; Verilator passes an empty hierarchy to vl_stop.
std::string hierarchy_of(const std::string& message, const char* hierarchy) {
  constexpr std::string_view prefix = "Assertion failed in ";
  const std::size_t at = message.find(prefix);
  if (at == std::string::npos) return hierarchy == nullptr ? "" : hierarchy;
  const std::size_t start = at + prefix.size();
  return message.substr(start, message.find(": ", start) - start);
}

[[noreturn]] void fail(const char* file, int line, const char* hierarchy, const std::string& otherwise) {
  const std::string message = std::exchange(pending_message, {});
  throw dojo::AssertionError(message.empty() ? otherwise : text_of(message), file == nullptr ? "" : file, line,
                             hierarchy_of(message, hierarchy));
}

std::string describe(const std::string& text, const std::string& file, int line, const std::string& hierarchy) {
  std::string where = file.empty() ? std::string() : file + ":" + std::to_string(line) + ": ";
  if (!hierarchy.empty()) where += "in " + hierarchy + ": ";
  return where + text;
}

}  // namespace

namespace dojo {

AssertionError::AssertionError(std::string text, std::string file, int line, std::string hierarchy)
    : RunError(describe(text, file, line, hierarchy)),
      text_(std::move(text)),
      file_(std::move(file)),
      line_(line),
      hierarchy_(std::move(hierarchy)) {}

}  // namespace dojo

extern "C" int dojo_verilated_print(const char* format, ...) {
  std::va_list arguments;
  va_start(arguments, format);
  std::va_list measured;
  va_copy(measured, arguments);
  const int length = std::vsnprintf(nullptr, 0, format, measured);
  va_end(measured);
  if (length > 0) {
    std::string text(static_cast<std::size_t>(length) + 1, '\0');
    std::vsnprintf(text.data(), text.size(), format, arguments);
    text.pop_back();
    pending_line += text;
  }
  va_end(arguments);
  for (std::size_t end = pending_line.find('\n'); end != std::string::npos; end = pending_line.find('\n')) {
    const std::string line = pending_line.substr(0, end);
    pending_line.erase(0, end + 1);
    print_line(line);
  }
  return length;
}

// Verilator's overridable functions; their names and arguments are its interface.
void vl_stop(const char* filename, int linenum, const char* hier) {
  fail(filename, linenum, hier, "$stop");
}

void vl_fatal(const char* filename, int linenum, const char* hier, const char* msg) {
  fail(filename, linenum, hier, msg == nullptr ? "fatal error" : msg);
}

void vl_finish(const char* filename, int linenum, const char* hier) {
  fail(filename, linenum, hier, "unexpected $finish");
}

void vl_warn(const char* filename, int linenum, const char* /*hier*/, const char* msg) {
  std::fprintf(stderr, "%s:%d: warning: %s\n", filename == nullptr ? "" : filename, linenum, msg == nullptr ? "" : msg);
}
