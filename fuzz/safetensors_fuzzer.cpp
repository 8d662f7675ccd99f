#include "formats/safetensors.h"
#include "fuzzing.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return scrawl::fuzz::run([&] {
    const auto content =
        scrawl::parse_safetensors(scrawl::fuzz::as_bytes(data, size), scrawl::fuzz::file_name);
    for (const auto& tensor : content.tensors) scrawl::to_floats(view(tensor), scrawl::fuzz::file_name);
  });
}
