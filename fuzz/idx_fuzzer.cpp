#include "formats/idx.h"
#include "fuzzing.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return scrawl::fuzz::run([&] { scrawl::parse_idx({data, data + size}, scrawl::fuzz::file_name); });
}
