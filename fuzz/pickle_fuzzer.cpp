#include "formats/pickle.h"
#include "fuzzing.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = scrawl::fuzz::as_bytes(data, size);
  scrawl::is_pickle(bytes);
  return scrawl::fuzz::run([&] {
    // Every storage holds the first bytes of the input, so that tensors of PyTorch are made, too.
    const auto storage = bytes.first(size < 64 ? size : 64);
    const auto pickle = scrawl::parse_pickle({bytes.begin(), bytes.end()}, scrawl::fuzz::file_name,
                                             {.storage = [&](const std::string&) { return storage; }});
    for (const auto& found : scrawl::arrays(pickle)) scrawl::to_floats(found, scrawl::fuzz::file_name);
  });
}
