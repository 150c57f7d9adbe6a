# Target dojo_generated: dojo_pkg.sv, dojo_hw.h and dojo_hw.hpp out of rtl/common/dojo.yaml; link it to include the headers.

set(DOJO_GENERATED_DIR ${PROJECT_BINARY_DIR}/generated)
set(DOJO_DESCRIPTION ${PROJECT_SOURCE_DIR}/rtl/common/dojo.yaml)
set(DOJO_RTL_PACKAGE ${DOJO_GENERATED_DIR}/dojo_pkg.sv)

file(GLOB generator_parts CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/scripts/generator/*.py)
add_custom_command(
  OUTPUT ${DOJO_RTL_PACKAGE} ${DOJO_GENERATED_DIR}/dojo_hw.h ${DOJO_GENERATED_DIR}/dojo_hw.hpp
  COMMAND ${DOJO_PYTHON} ${PROJECT_SOURCE_DIR}/scripts/generate.py --input ${DOJO_DESCRIPTION} --output ${DOJO_GENERATED_DIR}
  DEPENDS ${DOJO_DESCRIPTION} ${PROJECT_SOURCE_DIR}/scripts/generate.py ${generator_parts}
  COMMENT "Generating hardware constants"
  VERBATIM)
add_custom_target(dojo_generate DEPENDS ${DOJO_RTL_PACKAGE} ${DOJO_GENERATED_DIR}/dojo_hw.h ${DOJO_GENERATED_DIR}/dojo_hw.hpp)

add_library(dojo_generated INTERFACE)
add_dependencies(dojo_generated dojo_generate)
target_include_directories(dojo_generated INTERFACE ${DOJO_GENERATED_DIR})
# Folder of the firmware ELF files, relative to the folder of the executable.
target_compile_definitions(dojo_generated INTERFACE DOJO_FIRMWARE_DIR="../firmware")
