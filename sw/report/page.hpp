#pragma once
// The files of sw/report/page, as the build puts them into the program.

#include <span>
#include <string_view>

namespace dojo::report {

/// HTML with places for {{title}}, {{style}}, {{record}}, {{profile}} and {{script}}.
extern const std::string_view page_html;
extern const std::string_view page_style;  ///< CSS
/// JavaScript, file by file.
extern const std::span<const std::string_view> page_scripts;

}  // namespace dojo::report
