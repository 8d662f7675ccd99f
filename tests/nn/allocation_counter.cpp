#include "nn/allocation_counter.h"

#include <atomic>
#include <cstdlib>
#include <new>

namespace {

std::atomic<std::size_t> count = 0;

void* counted(std::size_t size, std::size_t alignment) {
  count.fetch_add(1, std::memory_order_relaxed);
  // aligned_alloc wants a multiple of the alignment.
  const std::size_t rounded = (size + alignment - 1) / alignment * alignment;
  return std::aligned_alloc(alignment, rounded == 0 ? alignment : rounded);
}
void* counted_or_throw(std::size_t size, std::size_t alignment) {
  if (void* const memory = counted(size, alignment)) return memory;
  throw std::bad_alloc();
}
constexpr std::size_t plain = __STDCPP_DEFAULT_NEW_ALIGNMENT__;
constexpr std::size_t number(std::align_val_t alignment) { return static_cast<std::size_t>(alignment); }

}  // namespace

using Align = std::align_val_t;
using NoThrow = std::nothrow_t;

void* operator new(std::size_t size) { return counted_or_throw(size, plain); }
void* operator new[](std::size_t size) { return counted_or_throw(size, plain); }
void* operator new(std::size_t size, Align alignment) { return counted_or_throw(size, number(alignment)); }
void* operator new[](std::size_t size, Align alignment) { return counted_or_throw(size, number(alignment)); }
void* operator new(std::size_t size, const NoThrow&) noexcept { return counted(size, plain); }
void* operator new[](std::size_t size, const NoThrow&) noexcept { return counted(size, plain); }
void* operator new(std::size_t size, Align a, const NoThrow&) noexcept { return counted(size, number(a)); }
void* operator new[](std::size_t size, Align a, const NoThrow&) noexcept { return counted(size, number(a)); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, Align) noexcept { std::free(memory); }
void operator delete[](void* memory, Align) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, Align) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t, Align) noexcept { std::free(memory); }
void operator delete(void* memory, const NoThrow&) noexcept { std::free(memory); }
void operator delete[](void* memory, const NoThrow&) noexcept { std::free(memory); }
void operator delete(void* memory, Align, const NoThrow&) noexcept { std::free(memory); }
void operator delete[](void* memory, Align, const NoThrow&) noexcept { std::free(memory); }

namespace scrawl::test {

std::size_t allocations() { return count; }

}  // namespace scrawl::test
