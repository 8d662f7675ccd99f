#pragma once

// For programs that choose threads or an instruction set, and for custom layers and losses.

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <thread>
#include <vector>

#pragma GCC visibility push(default)
namespace scrawl {

/// A fixed team of threads for fork-join work, including the calling thread. Each piece belongs to one
/// thread, so its data stays in that core's cache; the caller takes over pieces that have not started, so it
/// never waits for a descheduled thread. Only one thread at a time may call `run` or `run_ranges`; calls
/// allocate nothing. Tasks must not throw or use the same pool.
class ThreadPool {
 public:
  /// `threads` is clamped to at least 1. There may be more threads than cores; waiting then does not spin.
  /// Throws Error(invalid_argument) for more threads than the machine can start.
  explicit ThreadPool(std::size_t threads = 1);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  std::size_t size() const { return workers_.size() + 1; }

  /// Calls task(piece) for every piece in [0, pieces) and waits for all. REQUIRES pieces <= size().
  template <class Task>
  void run(std::size_t pieces, const Task& task) {
    run_erased(
        pieces, [](const void* t, std::size_t piece) { (*static_cast<const Task*>(t))(piece); }, &task);
  }

  /// Divides [0, count) into at most size() ranges whose borders are multiples of `grain` and calls
  /// task(begin, end) for each. REQUIRES grain > 0.
  template <class Task>
  void run_ranges(std::size_t count, std::size_t grain, const Task& task) {
    const std::size_t grains = (count + grain - 1) / grain;
    const std::size_t pieces = std::min(size(), grains);
    if (pieces <= 1) {
      if (count > 0) task(std::size_t{0}, count);
      return;
    }
    run(pieces, [&](std::size_t piece) {
      const std::size_t begin = grains * piece / pieces * grain;
      const std::size_t end = std::min(count, grains * (piece + 1) / pieces * grain);
      task(begin, end);
    });
  }

 private:
  using ErasedTask = void (*)(const void* task, std::size_t piece);
  void run_erased(std::size_t pieces, ErasedTask call, const void* task);
  void work(std::size_t worker);
  void stop();
  bool claim(std::size_t piece, std::uint32_t round);
  void finish_piece();

  /// The last round in which a piece was claimed; each on a separate cache line.
  struct alignas(64) Claim {
    std::atomic<std::uint32_t> round{0};
  };

  // Written by the caller between rounds, read only by a thread that has claimed a piece of the round.
  ErasedTask call_ = nullptr;
  const void* task_ = nullptr;
  bool spins_ = false;
  std::atomic<bool> stopping_{false};
  std::vector<Claim> claims_;
  std::vector<std::thread> workers_;
  alignas(64) std::atomic<std::uint32_t> round_{0};
  alignas(64) std::atomic<std::uint32_t> unfinished_{0};
};

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

std::vector<Target> supported_targets();  ///< of this machine, slowest first; always with `scalar`

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
