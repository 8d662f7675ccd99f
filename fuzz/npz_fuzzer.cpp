#include "formats/npy.h"
#include "fuzzing.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return scrawl::fuzz::run([&] {
    const auto tensors = scrawl::parse_npz(scrawl::fuzz::as_bytes(data, size), scrawl::fuzz::file_name,
                                           {.most_bytes = 1 << 24, .most_ratio = 100, .free_bytes = 1 << 16});
    for (const auto& tensor : tensors) scrawl::to_floats(view(tensor), scrawl::fuzz::file_name);
  });
}
