#pragma once

#include "scrawl/threads.h"

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#pragma GCC visibility push(default)
namespace scrawl {

namespace kernels {
template <class T>
struct Kernels;  // src/kernels/kernels.h: the table of compute kernels for one instruction set
}

/// The instruction sets that the kernels are compiled for. All give the same bits.
enum class Target {
  scalar,  ///< plain C++; runs everywhere
  avx2,    ///< 256-bit vectors with fused multiply-add (x86-64 since 2013)
  avx3,    ///< 512-bit vectors (AVX-512 F, BW, CD, DQ, VL)
};

std::string_view to_string(Target target);

/// The targets that this machine can run, slowest first; always contains `scalar`.
std::vector<Target> supported_targets();

/// The fastest supported target, or the one that the environment variable SCRAWL_TARGET names
/// (scalar, avx2 or avx3). Throws Error for an unknown name or a target that this machine lacks.
Target default_target();

/// Where a computation runs: an instruction set and a team of threads. Runs one computation at a time.
/// T is float, or double for gradient checks (scalar kernels only).
template <class T>
class BasicCompute {
 public:
  /// Throws Error(unsupported) for a target that this machine lacks.
  explicit BasicCompute(std::size_t threads = 1, Target target = default_target());

  const kernels::Kernels<T>& kernels() const { return *kernels_; }
  ThreadPool& pool() const { return *pool_; }
  std::size_t threads() const { return pool_->size(); }
  Target target() const { return target_; }

 private:
  const kernels::Kernels<T>* kernels_;
  std::unique_ptr<ThreadPool> pool_;
  Target target_;
};

using Compute = BasicCompute<float>;

extern template class BasicCompute<float>;
extern template class BasicCompute<double>;

}  // namespace scrawl
#pragma GCC visibility pop
