#pragma once
// The files of sw/report/page, as the build puts them into the program.

#include <string_view>

namespace dojo::report {

extern const std::string_view page_html;  ///< with places for {{title}}, {{style}}, {{record}}, {{profile}}, {{script}}
extern const std::string_view page_style;   ///< CSS
extern const std::string_view page_script;  ///< JavaScript, all of it

}  // namespace dojo::report
