# cmake -DOUTPUT=page.cpp -DFOLDER=page -DHTML=file -DSTYLE=file -DSCRIPTS=files -P embed.cmake
# Writes page.cpp: the texts of page.hpp; the names of scripts have "|" between them.

function(text_of file result)
  file(READ ${FOLDER}/${file} text)
  if(text MATCHES "\\)page\"")
    message(FATAL_ERROR "${file}: )page\" ends the text too early")
  endif()
  set(${result} "R\"page(${text})page\"" PARENT_SCOPE)
endfunction()

text_of(${HTML} html)
text_of(${STYLE} style)
string(REPLACE "|" ";" files "${SCRIPTS}")
set(scripts "")
foreach(file IN LISTS files)
  text_of(${file} text)
  string(APPEND scripts "    ${text},\n")
endforeach()
file(WRITE ${OUTPUT} "#include \"report/page.hpp\"

#include <array>

namespace dojo::report {
namespace {

constexpr auto scripts = std::to_array<std::string_view>({
${scripts}});

}  // namespace

const std::string_view page_html = ${html};
const std::string_view page_style = ${style};
const std::span<const std::string_view> page_scripts = scripts;

}  // namespace dojo::report
")
