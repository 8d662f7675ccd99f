#pragma once

#include <cstddef>

/// The loops behind machine.h, once per instruction set.
namespace scrawl::bench {

struct Loops {
  /// Runs `rounds` times kMultiplyAdds multiply-adds of vectors of `lanes` values.
  float (*multiply_add)(std::size_t rounds);
  /// Reads `bytes` bytes, a multiple of 1024.
  unsigned (*read)(const void* data, std::size_t bytes);
  std::size_t lanes;
};

constexpr std::size_t kMultiplyAdds = 12;

#if defined(__x86_64__)
namespace N_AVX2 {
Loops loops();
}
namespace N_AVX3 {
Loops loops();
}
#endif

}  // namespace scrawl::bench
