# dojo_add_test(NAME name SOURCES files [LIBS libraries] [TIMEOUT seconds] [LABELS labels] [COMPILED_QUICKLY])
#   One GoogleTest binary build/bin/test_<name>; every test case of it is a test of ctest, with a time limit each (default 120 s).
#   COMPILED_QUICKLY: without optimisation, in half the time: all of its run's time goes into libraries and models.

function(dojo_add_test)
  cmake_parse_arguments(PARSE_ARGV 0 arg "COMPILED_QUICKLY" "NAME;TIMEOUT" "SOURCES;LIBS;LABELS")
  if(arg_UNPARSED_ARGUMENTS OR NOT arg_NAME OR NOT arg_SOURCES)
    message(FATAL_ERROR "dojo_add_test: NAME and SOURCES are needed; not understood: ${arg_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  add_executable(test_${arg_NAME} ${arg_SOURCES})
  target_link_libraries(test_${arg_NAME} PRIVATE ${arg_LIBS} dojo_generated GTest::gtest_main fmt::fmt Threads::Threads)
  if(arg_COMPILED_QUICKLY)
    dojo_compile_quickly(test_${arg_NAME})
  else()
    # Tests are compiled more often than run; the time goes into the models and the golden model, which are optimised in full.
    target_compile_options(test_${arg_NAME} PRIVATE $<$<CONFIG:Release>:-O1>)
  endif()
  gtest_discover_tests(test_${arg_NAME}
    TEST_PREFIX ${arg_NAME}/
    DISCOVERY_MODE PRE_TEST
    NO_PRETTY_TYPES
    NO_PRETTY_VALUES
    PROPERTIES TIMEOUT ${arg_TIMEOUT} LABELS "${arg_LABELS}")
endfunction()
