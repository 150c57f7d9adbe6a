# Checks of the tree itself, as tests: `ctest -R check/`.

function(dojo_add_check name timeout)
  add_test(NAME check/${name} COMMAND ${ARGN} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(check/${name} PROPERTIES TIMEOUT ${timeout} LABELS check)
endfunction()

dojo_add_check(docs 30 ${DOJO_PYTHON} scripts/generate.py --check --input rtl/common/dojo.yaml --docs docs/generated)
dojo_add_check(format 60 scripts/checks/format)
dojo_add_check(lint 300 scripts/checks/lint ${DOJO_RTL_PACKAGE})
dojo_add_check(tidy 1200 scripts/checks/tidy ${PROJECT_BINARY_DIR})
# It runs a process per core.
set_tests_properties(check/tidy PROPERTIES PROCESSORS 2)
dojo_add_check(synthesis 1500 scripts/synth --gates --build ${PROJECT_BINARY_DIR})
set_tests_properties(check/synthesis PROPERTIES PROCESSORS 2 SKIP_RETURN_CODE 77)
# One core each. Two slots: four, as they are built, are for scripts/nightly; so are the other planted bugs.
dojo_add_check(proofs 1500 scripts/prove --jobs 1 --build ${PROJECT_BINARY_DIR})
dojo_add_check(mutations 300 scripts/mutate --jobs 1 --build ${PROJECT_BINARY_DIR} second_credit_of_an_input_lost table_entry_of_the_other_class)
set_tests_properties(check/proofs check/mutations PROPERTIES SKIP_RETURN_CODE 77)
