#include "data/content.h"
#include "fuzzing.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = scrawl::fuzz::as_bytes(data, size);
  return scrawl::fuzz::run([&] {
    scrawl::parse_content({bytes.begin(), bytes.end()}, scrawl::fuzz::file_name,
                          {.limits = {.most_bytes = 1 << 22, .most_ratio = 100, .free_bytes = 1 << 16}});
  });
}
