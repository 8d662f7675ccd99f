# What `cpack -G DEB` and `cpack -G TGZ` make: a package for the Debian or Ubuntu it is built on, and an archive that may be unpacked anywhere.
set(CPACK_PACKAGE_NAME scrawl)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_VENDOR "scrawl developers")
set(CPACK_PACKAGE_CONTACT "scrawl developers <noreply@scrawl.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "trains and uses small networks that read handwritten digits")
set(CPACK_PACKAGE_FILE_NAME scrawl-${PROJECT_VERSION}-linux-${CMAKE_SYSTEM_PROCESSOR})
set(CPACK_PACKAGE_DIRECTORY ${PROJECT_BINARY_DIR}/packages)
set(CPACK_GENERATOR TGZ DEB)
set(CPACK_STRIP_FILES ON)
set(CPACK_THREADS 0)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"scrawl reads handwritten digits. It is a small neural-network engine and a
command that trains, tests and inspects networks, brings in data sets and
weights in the formats of other programs, and takes models elsewhere. The
well-known tutorial systems for MNIST are included as recipes.

The package also holds the C++ library, its headers, and the files of CMake and
pkg-config for programs that use it.")
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${PROJECT_BINARY_DIR}/src)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/triggers CONTENT "activate-noawait ldconfig\n")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${PROJECT_BINARY_DIR}/triggers)
# Curves are drawn by gnuplot; data sets are fetched by curl.
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "ca-certificates, curl, gnuplot-nox")
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/cmake/package_debian.cmake ${PROJECT_SOURCE_DIR}/cmake/package_archive.cmake)
include(CPack)
