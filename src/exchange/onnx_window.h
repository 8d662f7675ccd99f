#pragma once

#include "scrawl/arrays.h"

#include "exchange/onnx_graph.h"

#include <cstddef>
#include <cstdint>
#include <utility>

namespace scrawl {

/// What Conv and the poolings say of their window, where scrawl can say it too.
struct OnnxWindow {
  std::size_t height = 0;
  std::size_t width = 0;
  std::size_t stride = 1;
  std::size_t padding = 0;
};

/// The attribute's two lengths, or `fallback` for both. Throws Error where it has others.
std::pair<std::int64_t, std::int64_t> pair_of(const OnnxNodeReader& reader, const char* name,
                                              std::int64_t fallback);

/// Strides and paddings of a window of `height` x `width` that goes over `input`. Throws Error(unsupported)
/// for dilations, and for strides and paddings that are not the same in all directions.
OnnxWindow read_window(const OnnxNodeReader& reader, const Shape& input, std::int64_t height,
                       std::int64_t width);

/// Throws Error(unsupported) where rounding up (ceil_mode) would make further windows.
void check_rounding(const OnnxNodeReader& reader, const Shape& input, const OnnxWindow& window);

}  // namespace scrawl
