# dojo_firmware(NAME name SOURCES files [OPTIONS compiler options])
#   Builds build/firmware/<name>.elf for the harts of a node, with picolibc, firmware/start.S and firmware/link.ld.
#   Target `firmware` builds all of them; target firmware_<name> one.

set(DOJO_FIRMWARE_OUTPUT ${PROJECT_BINARY_DIR}/firmware)
set(DOJO_FIRMWARE_FLAGS --specs=picolibc.specs -march=rv64imac_zicsr_zifencei -mabi=lp64 -mcmodel=medany)
find_program(RISCV_GCC riscv64-unknown-elf-gcc REQUIRED)
add_custom_target(firmware ALL)

function(dojo_firmware)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME" "SOURCES;OPTIONS")
  if(arg_UNPARSED_ARGUMENTS OR NOT arg_NAME OR NOT arg_SOURCES)
    message(FATAL_ERROR "dojo_firmware: NAME and SOURCES are needed; not understood: ${arg_UNPARSED_ARGUMENTS}")
  endif()
  set(start ${PROJECT_SOURCE_DIR}/firmware/start.S)
  set(script ${PROJECT_SOURCE_DIR}/firmware/link.ld)
  set(folder ${DOJO_FIRMWARE_OUTPUT}/objects/${arg_NAME})
  set(elf ${DOJO_FIRMWARE_OUTPUT}/${arg_NAME}.elf)
  file(MAKE_DIRECTORY ${folder})

  set(objects)
  foreach(source IN LISTS arg_SOURCES start)
    cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} NORMALIZE)
    cmake_path(GET source FILENAME filename)
    set(object ${folder}/${filename}.o)
    if(object IN_LIST objects)
      continue()
    endif()
    set(language)
    if(source MATCHES "\\.c$")
      set(language -std=gnu11)
    endif()
    add_custom_command(
      OUTPUT ${object}
      COMMAND ${RISCV_GCC} ${DOJO_FIRMWARE_FLAGS} ${language} -O2 -g -ffunction-sections -fdata-sections
              -Wall -Wextra -Wshadow -Werror -I${PROJECT_SOURCE_DIR}/firmware -I${PROJECT_SOURCE_DIR}/firmware/include
              -I${DOJO_GENERATED_DIR} ${arg_OPTIONS} -MD -MF ${object}.d -c ${source} -o ${object}
      DEPENDS ${source} ${DOJO_GENERATED_DIR}/dojo_hw.h
      DEPFILE ${object}.d
      COMMENT "Compiling firmware ${arg_NAME}/${filename}"
      VERBATIM)
    list(APPEND objects ${object})
  endforeach()
  # GCC knows its libraries by the base architecture: with the _z extensions in its name it would link those with hardware doubles.
  add_custom_command(
    OUTPUT ${elf}
    COMMAND ${RISCV_GCC} ${DOJO_FIRMWARE_FLAGS} -march=rv64imac -O2 -g -nostartfiles -T ${script} -Wl,--gc-sections,--fatal-warnings
            ${objects} -o ${elf}
    DEPENDS ${objects} ${script}
    COMMENT "Linking firmware ${arg_NAME}.elf"
    VERBATIM)
  add_custom_target(firmware_${arg_NAME} DEPENDS ${elf})
  add_dependencies(firmware_${arg_NAME} dojo_generate)
  add_dependencies(firmware firmware_${arg_NAME})
endfunction()
