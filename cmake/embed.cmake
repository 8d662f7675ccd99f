# Writes a C++ source OUTPUT that defines default_model(), with the bytes of the file INPUT:
#   cmake -D INPUT=... -D OUTPUT=... -P embed.cmake
file(READ ${INPUT} bytes HEX)
file(SIZE ${INPUT} size)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
string(REGEX REPLACE "(................................................................................)" "\\1\n" bytes "${bytes}")
file(WRITE ${OUTPUT} "#include \"scrawl/recognizer.h\"

#include <cstdint>
#include <span>

namespace scrawl {
namespace {

constexpr std::uint8_t model_bytes[] = {
${bytes}};

}  // namespace

Model default_model() { return parse_model_file(std::as_bytes(std::span(model_bytes)), \"the built-in model\"); }

}  // namespace scrawl
")
