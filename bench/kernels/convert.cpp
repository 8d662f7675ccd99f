#include "suite.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace scrawl::bench {

void add_convert() {
  for (const std::size_t n : {784, 784 * 100})
    add("scale_bytes/" + std::to_string(n), {.bytes = static_cast<double>(n * (1 + sizeof(float)))},
        [n](const Table& table) {
          return [&table, bytes = std::vector<std::uint8_t>(n, 7), out = Values(n)]() mutable {
            table.scale_bytes(bytes.size(), {}, bytes.data(), out.data());
          };
        });
}

}  // namespace scrawl::bench
