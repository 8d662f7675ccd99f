#include "formats/zip.h"
#include "fuzzing.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return scrawl::fuzz::run([&] {
    scrawl::read_zip(scrawl::fuzz::as_bytes(data, size), scrawl::fuzz::file_name,
                     {.most_bytes = 1 << 24, .most_ratio = 100, .free_bytes = 1 << 16});
  });
}
