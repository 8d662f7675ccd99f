# Writes into the archive what a system must have to run what is in it.
if(NOT CPACK_GENERATOR STREQUAL "TGZ")
  return()
endif()
set(root ${CPACK_TEMPORARY_INSTALL_DIRECTORY})
file(GLOB built ${root}/bin/scrawl ${root}/lib*/libscrawl.so ${root}/lib*/*/libscrawl.so)
execute_process(COMMAND ${CMAKE_CURRENT_LIST_DIR}/needed_packages ${built}
  OUTPUT_VARIABLE packages OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
cmake_host_system_information(RESULT system QUERY DISTRIB_PRETTY_NAME)
file(WRITE ${root}/REQUIREMENTS "\
scrawl ${CPACK_PACKAGE_VERSION}, built on ${system}.

It runs on that system once these packages are installed, and on others that have the same versions of the libraries:

apt install ${packages}

For the curves of a run also gnuplot-nox, for fetching data sets curl and ca-certificates.
")
