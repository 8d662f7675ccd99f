#include "scrawl/model.h"

#include "fuzzing.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return scrawl::fuzz::run(
      [&] { scrawl::parse_model_file(scrawl::fuzz::as_bytes(data, size), scrawl::fuzz::file_name); });
}
