# cmake -DOUTPUT=page.cpp -DFOLDER=page -DHTML=files -DSTYLE=files -DSCRIPT=files -P embed.cmake
# Writes page.cpp: the texts of page.hpp, files joined by "|" one after the other.

function(text_of files result)
  string(REPLACE "|" ";" files "${files}")
  set(text "")
  foreach(file IN LISTS files)
    file(READ ${FOLDER}/${file} part)
    if(part MATCHES "\\)page\"")
      message(FATAL_ERROR "${file}: )page\" ends the text too early")
    endif()
    string(APPEND text "${part}")
  endforeach()
  set(${result} "R\"page(${text})page\"" PARENT_SCOPE)
endfunction()

text_of("${HTML}" html)
text_of("${STYLE}" style)
text_of("${SCRIPT}" script)
file(WRITE ${OUTPUT} "#include \"report/page.hpp\"

namespace dojo::report {

const std::string_view page_html = ${html};
const std::string_view page_style = ${style};
const std::string_view page_script = ${script};

}  // namespace dojo::report
")
