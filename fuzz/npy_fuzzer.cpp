#include "formats/npy.h"
#include "fuzzing.h"

// Besides: what was read is written so that it reads the same again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return scrawl::fuzz::run([&] {
    const auto tensor = scrawl::parse_npy(scrawl::fuzz::as_bytes(data, size), scrawl::fuzz::file_name);
    scrawl::to_floats(view(tensor), scrawl::fuzz::file_name);
    const auto again = scrawl::parse_npy(scrawl::encode_npy(view(tensor)), scrawl::fuzz::file_name);
    if (again.dtype != tensor.dtype || again.shape != tensor.shape || again.data != tensor.data) std::abort();
  });
}
