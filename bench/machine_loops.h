#pragma once

#include <cstddef>

/// The loops behind machine.h, once per instruction set.
namespace scrawl::bench {

struct Loops {
  /// Runs kMultiplyAdds multiply-adds of vectors of `lanes` values `rounds` times.
  float (*multiply_add)(std::size_t rounds);
  unsigned (*read)(const void* data, std::size_t bytes);  ///< REQUIRES `bytes` to be a multiple of 1024
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
