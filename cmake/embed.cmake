# Writes a C++ source OUTPUT that defines the bytes of the file INPUT:
#   cmake -D INPUT=... -D OUTPUT=... -P embed.cmake
file(READ ${INPUT} bytes HEX)
file(SIZE ${INPUT} size)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
string(REGEX REPLACE "(................................................................................)" "\\1\n" bytes "${bytes}")
file(WRITE ${OUTPUT} "#include \"recognize/default_model.h\"

namespace scrawl {

const std::uint8_t default_model_bytes[] = {
${bytes}};
const std::size_t default_model_size = ${size};

}  // namespace scrawl
")
