#include "exchange/weight_matching.h"
#include "formats/weight_file.h"
#include "fuzzing.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = scrawl::fuzz::as_bytes(data, size);
  constexpr const char* models[] = {"3 > dense 2 > sigmoid > dense 2",
                                    "3x3 > conv 2 2x2 > batchnorm > relu > dense 2"};
  for (const char* model : models)
    scrawl::fuzz::run([&] {
      const auto content =
          scrawl::parse_weights({bytes.begin(), bytes.end()}, scrawl::fuzz::file_name,
                                {.most_bytes = 1 << 22, .most_ratio = 100, .free_bytes = 1 << 16});
      scrawl::Network network(scrawl::parse_model(model));
      const auto matched = scrawl::match_weights(network.spec(), content.arrays, scrawl::fuzz::file_name);
      scrawl::assign_weights(network, matched, {}, scrawl::fuzz::file_name);
    });
  return 0;
}
