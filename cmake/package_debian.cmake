# Brings what is installed into the form that Debian wants, before cpack makes a package of it.
if(NOT CPACK_GENERATOR STREQUAL "DEB")
  return()
endif()
set(root ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/usr)
set(doc ${root}/share/doc/scrawl)

# The system finds its libraries by itself.
file(RPATH_REMOVE FILE ${root}/bin/scrawl)
file(RENAME ${root}/share/zsh/site-functions ${root}/share/zsh/vendor-completions)

file(READ ${doc}/LICENSE licence)
file(REMOVE ${doc}/LICENSE)
file(WRITE ${doc}/copyright "scrawl is under the MIT licence:\n\n${licence}")

string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)  # SOURCE_DATE_EPOCH sets it
file(WRITE ${doc}/changelog "scrawl (${CPACK_PACKAGE_VERSION}) unstable; urgency=medium\n\n\
  * /usr/share/doc/scrawl/CHANGELOG.md lists the changes.\n\n -- ${CPACK_PACKAGE_CONTACT}  ${date}\n")
foreach(file ${doc}/changelog ${root}/share/man/man1/scrawl.1)
  execute_process(COMMAND gzip -9 --no-name ${file} COMMAND_ERROR_IS_FATAL ANY)
endforeach()
