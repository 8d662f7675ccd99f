#include "scrawl/compute.h"
#include "scrawl/error.h"

#include "base/text.h"

#include <cassert>
#include <chrono>
#include <exception>
#include <string>
#include <system_error>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace scrawl {
namespace {

void relax() {
#if defined(__x86_64__)
  _mm_pause();
#endif
}

/// Spins, then sleeps, until `value` changes from `old`. The parallel regions of a step are microseconds
/// apart and waking a thread costs twenty, so short serial work must not put threads to sleep.
void wait_while_equal(const std::atomic<std::uint32_t>& value, std::uint32_t old, bool spins) {
  using Clock = std::chrono::steady_clock;
  constexpr auto longest_spin = std::chrono::microseconds(200);
  constexpr int looks_at_a_time = 64;  // reading the clock takes as long
  const auto start = spins ? Clock::now() : Clock::time_point();
  do {
    for (int i = 0; i < looks_at_a_time; ++i) {
      if (value.load(std::memory_order_acquire) != old) return;
      if (spins) relax();
    }
  } while (spins && Clock::now() - start < longest_spin);
  while (value.load(std::memory_order_acquire) == old) value.wait(old, std::memory_order_acquire);
}

}  // namespace

ThreadPool::ThreadPool(std::size_t threads) : claims_(std::max<std::size_t>(threads, 1)) {
  threads = claims_.size();
  // With more threads than cores, spinning would delay the awaited thread.
  spins_ = threads <= std::thread::hardware_concurrency();
  workers_.reserve(threads - 1);
  try {
    for (std::size_t worker = 1; worker < threads; ++worker)
      workers_.emplace_back([this, worker] { work(worker); });
  } catch (const std::system_error&) {
    stop();
    throw Error(ErrorCode::invalid_argument,
                "this machine cannot start " + counted(threads, "thread") + "; ask for fewer");
  }
}

ThreadPool::~ThreadPool() { stop(); }

void ThreadPool::stop() {
  stopping_.store(true, std::memory_order_relaxed);
  round_.fetch_add(1, std::memory_order_release);
  round_.notify_all();
  for (auto& worker : workers_) worker.join();
}

void ThreadPool::run_erased(std::size_t pieces, ErasedTask call, const void* task) {
  assert(pieces <= size());
  if (pieces <= 1) {
    if (pieces == 1) call(task, 0);
    return;
  }
  const std::uint32_t round = round_.load(std::memory_order_relaxed) + 1;
  call_ = call;
  task_ = task;
  unfinished_.store(static_cast<std::uint32_t>(pieces), std::memory_order_relaxed);
  // Unused pieces and the caller's own count as claimed before the other threads can look.
  claims_[0].round.store(round, std::memory_order_relaxed);
  for (std::size_t piece = pieces; piece < claims_.size(); ++piece)
    claims_[piece].round.store(round, std::memory_order_relaxed);
  round_.store(round, std::memory_order_release);
  round_.notify_all();

  call(task, 0);
  finish_piece();
  for (std::size_t piece = 1; piece < pieces; ++piece) {
    if (!claim(piece, round)) continue;
    call(task, piece);
    finish_piece();
  }
  while (const std::uint32_t left = unfinished_.load(std::memory_order_acquire))
    wait_while_equal(unfinished_, left, spins_);
}

/// Every piece of every round is claimed once: its claim goes from round - 1 to round. The winner may use
/// call_ and task_ until finish_piece(), before which the round cannot end.
bool ThreadPool::claim(std::size_t piece, std::uint32_t round) {
  std::uint32_t expected = round - 1;
  return claims_[piece].round.compare_exchange_strong(expected, round, std::memory_order_acquire,
                                                      std::memory_order_relaxed);
}

void ThreadPool::finish_piece() {
  if (unfinished_.fetch_sub(1, std::memory_order_acq_rel) == 1) unfinished_.notify_one();
}

void ThreadPool::work(std::size_t worker) {
  std::uint32_t seen = 0;
  while (true) {
    wait_while_equal(round_, seen, spins_);
    seen = round_.load(std::memory_order_acquire);
    if (stopping_.load(std::memory_order_relaxed)) return;
    if (!claim(worker, seen)) continue;
    call_(task_, worker);
    finish_piece();
  }
}

}  // namespace scrawl
