# What `cmake --install` puts where. The installed folder may be moved: nothing in it holds its path.
include(CMakePackageConfigHelpers)

file(RELATIVE_PATH bin_to_lib /${CMAKE_INSTALL_BINDIR} /${CMAKE_INSTALL_LIBDIR})
if(TARGET scrawl_command)
  set_target_properties(scrawl_command PROPERTIES INSTALL_RPATH "$ORIGIN/${bin_to_lib}")
  install(TARGETS scrawl_command RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
install(TARGETS scrawl_shared EXPORT scrawl LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY include/scrawl DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")

# find_package(scrawl), then link scrawl::scrawl.
set(config_folder ${CMAKE_INSTALL_LIBDIR}/cmake/scrawl)
install(EXPORT scrawl NAMESPACE scrawl:: FILE scrawl-config.cmake DESTINATION ${config_folder})
# A minor version may change the interface as long as the major version is 0.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/scrawl-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/scrawl-config-version.cmake DESTINATION ${config_folder})

# pkg-config --cflags --libs scrawl
file(RELATIVE_PATH pc_to_prefix /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
string(REGEX REPLACE "/$" "" pc_to_prefix "${pc_to_prefix}")
configure_file(${PROJECT_SOURCE_DIR}/cmake/scrawl.pc.in ${PROJECT_BINARY_DIR}/scrawl.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/scrawl.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

install(DIRECTORY recipes DESTINATION ${CMAKE_INSTALL_DATADIR}/scrawl FILES_MATCHING PATTERN "*.toml")
set(doc_folder ${CMAKE_INSTALL_DATADIR}/doc/scrawl)
install(FILES README.md README.zh-CN.md ARCHITECTURE.md CONTRIBUTING.md CHANGELOG.md LICENSE DESTINATION ${doc_folder})
install(DIRECTORY docs DESTINATION ${doc_folder}
  FILES_MATCHING PATTERN "*.md" PATTERN "*.svg" PATTERN "*.png" PATTERN docs/api EXCLUDE)
# The documents link to the recipes.
file(RELATIVE_PATH doc_to_recipes /${doc_folder} /${CMAKE_INSTALL_DATADIR}/scrawl/recipes)
file(CREATE_LINK ${doc_to_recipes} ${PROJECT_BINARY_DIR}/recipes SYMBOLIC)
install(FILES ${PROJECT_BINARY_DIR}/recipes DESTINATION ${doc_folder})
if(EXISTS ${PROJECT_SOURCE_DIR}/examples)
  install(DIRECTORY examples DESTINATION ${doc_folder})
endif()

# What shells complete, and the manual, as the command itself prints them.
if(TARGET scrawl_command AND NOT CMAKE_CROSSCOMPILING)
  set(pages ${PROJECT_BINARY_DIR}/pages)
  set(made)
  foreach(page "scrawl.bash completion bash" "_scrawl completion zsh" "scrawl.fish completion fish" "scrawl.1 manual")
    separate_arguments(words UNIX_COMMAND ${page})
    list(POP_FRONT words file)
    add_custom_command(OUTPUT ${pages}/${file} DEPENDS scrawl_command VERBATIM
      COMMAND ${CMAKE_COMMAND} -E make_directory ${pages}
      COMMAND scrawl_command ${words} > ${pages}/${file})
    list(APPEND made ${pages}/${file})
  endforeach()
  add_custom_target(scrawl_pages ALL DEPENDS ${made})
  install(FILES ${pages}/scrawl.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME scrawl)
  install(FILES ${pages}/_scrawl DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
  install(FILES ${pages}/scrawl.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
  install(FILES ${pages}/scrawl.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
endif()
