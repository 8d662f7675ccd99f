# What every target of scrawl is compiled with, and nothing that links scrawl.
add_library(scrawl_options INTERFACE)
target_include_directories(scrawl_options INTERFACE ${PROJECT_SOURCE_DIR}/src)
target_compile_options(scrawl_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow
  # The same bits everywhere: fused multiply-adds stand only where the code asks for them.
  -ffp-contract=off)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 warns wrongly about std::string's operator+ (its bug 105651).
  target_compile_options(scrawl_options INTERFACE -Wno-restrict)
endif()
# What is not used is not loaded: every library costs start-up time.
add_link_options(-Wl,--as-needed)
if(SCRAWL_WERROR)
  target_compile_options(scrawl_options INTERFACE -Werror)
endif()
if(SCRAWL_SANITIZE)
  # Except in targets with the property SCRAWL_UNWATCHED.
  target_compile_options(scrawl_options INTERFACE
    "$<$<NOT:$<BOOL:$<TARGET_PROPERTY:SCRAWL_UNWATCHED>>>:-fsanitize=${SCRAWL_SANITIZE};-fno-sanitize-recover=all>"
    -fno-omit-frame-pointer)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Its documentation says that sanitizers make it warn wrongly.
    target_compile_options(scrawl_options INTERFACE -Wno-maybe-uninitialized)
  endif()
  target_link_options(scrawl_options INTERFACE -fsanitize=${SCRAWL_SANITIZE})
  if(SCRAWL_SANITIZE MATCHES undefined)
    # Checked at each access, they double the compile time; AddressSanitizer finds what they would find.
    target_compile_options(scrawl_options INTERFACE -fno-sanitize=null,pointer-overflow,object-size,vptr)
  endif()
endif()

# With fuzz targets, the folders that read files tell libFuzzer which branches an input has reached.
set(scrawl_fuzzed_folders base formats image data model exchange)

# The shared library is made of all folders: their objects are position-independent and export only what the public
# headers declare visible. What is called inside of the library may be inlined.
if(SCRAWL_SHARED)
  set(CMAKE_POSITION_INDEPENDENT_CODE ON)
  set(CMAKE_CXX_VISIBILITY_PRESET hidden)
  set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
  target_compile_options(scrawl_options INTERFACE -fno-semantic-interposition)
endif()

# scrawl_folder(NAME [COLD] HEADERS ... SOURCES ... USES folders ... LIBRARIES third-party targets ...)
# One library per folder of src/, of all .cpp files there and of SOURCES, which are generated. HEADERS are the public
# headers it implements, USES the folders it may include: scripts/check-includes reads both from here. COLD is for what
# runs once or waits for files: it is compiled with -O1, in half the time (-O0 with sanitizers).
function(scrawl_folder name)
  cmake_parse_arguments(arg "COLD" "" "HEADERS;SOURCES;USES;LIBRARIES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS *.cpp)
  add_library(scrawl_${name} STATIC ${sources} ${arg_SOURCES})
  list(TRANSFORM arg_USES PREPEND scrawl_)
  if(SCRAWL_BUILD_FUZZERS AND name IN_LIST scrawl_fuzzed_folders)
    target_compile_options(scrawl_${name} PRIVATE -fsanitize=fuzzer-no-link)
  endif()
  if(arg_COLD AND SCRAWL_SANITIZE)
    target_compile_options(scrawl_${name} PRIVATE -O0)
  elseif(arg_COLD)
    target_compile_options(scrawl_${name} PRIVATE -O1)
  endif()
  target_include_directories(scrawl_${name} PUBLIC ${PROJECT_SOURCE_DIR}/include)
  target_compile_features(scrawl_${name} PUBLIC cxx_std_20)
  target_link_libraries(scrawl_${name} PUBLIC ${arg_USES} PRIVATE scrawl_options ${arg_LIBRARIES})
  set_property(GLOBAL APPEND PROPERTY scrawl_folder_objects $<TARGET_OBJECTS:scrawl_${name}>)
  set_property(GLOBAL APPEND PROPERTY scrawl_folder_libraries ${arg_LIBRARIES})
endfunction()

# scrawl_proto(NAME FILE): a static library NAME of the classes that protoc makes from FILE, to be included as
# "FOLDER/FILE.pb.h". They are not our code: none of our warning options apply.
function(scrawl_proto name file)
  cmake_path(GET CMAKE_CURRENT_SOURCE_DIR FILENAME folder)
  set(generated ${CMAKE_CURRENT_BINARY_DIR}/${name})
  file(MAKE_DIRECTORY ${generated}/${folder})
  add_library(${name} STATIC ${file})
  protobuf_generate(TARGET ${name} LANGUAGE cpp PROTOC_OUT_DIR ${generated}/${folder})
  target_include_directories(${name} SYSTEM PUBLIC ${generated})
  target_link_libraries(${name} PUBLIC protobuf::libprotobuf-lite)
endfunction()
