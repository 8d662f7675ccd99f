#include "kernels/convolution.h"
#include "kernels/kernels.h"

#include <cstddef>

// clang-format off
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/pooling.cpp"
#include "kernels/targets.h"
#include "kernels/map-inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace scrawl::kernels::HWY_NAMESPACE {
#if SCRAWL_VECTOR_TARGET
namespace {

// Pooling is limited by memory, so each value is read and written once.

/// The places of x below the window at one place of one channel.
struct Below {
  std::size_t first;
  std::size_t rows;
  std::size_t columns;
};

/// The part of [start, start + length) - padding inside [0, size): its begin and length.
struct Part {
  std::size_t begin;
  std::size_t length;
};

HWY_INLINE Part part_inside(std::size_t start, std::size_t length, std::size_t padding, std::size_t size) {
  const std::size_t begin = start < padding ? padding : start;
  const std::size_t end = start + length < size + padding ? start + length : size + padding;
  return {begin - padding, end > begin ? end - begin : 0};
}

template <class Visit>
HWY_INLINE void for_each_place(const Window& w, const Visit& visit) {
  std::size_t to = 0;
  for (std::size_t channel = 0; channel < w.channels; ++channel)
    for (std::size_t oy = 0; oy < w.out_height; ++oy) {
      const Part rows = part_inside(oy * w.stride, w.kernel_height, w.padding, w.height);
      for (std::size_t ox = 0; ox < w.out_width; ++ox, to += image_lanes) {
        const Part columns = part_inside(ox * w.stride, w.kernel_width, w.padding, w.width);
        const std::size_t first = (channel * w.height + rows.begin) * w.width + columns.begin;
        visit(Below{first * image_lanes, rows.length, columns.length}, to);
      }
    }
}

/// Calls visit(place of x in lanes) for each value below a window, in order.
template <class Visit>
HWY_INLINE void for_each_below(const Window& w, const Below& below, const Visit& visit) {
  for (std::size_t i = 0; i < below.rows; ++i)
    for (std::size_t j = 0; j < below.columns; ++j) visit(below.first + (i * w.width + j) * image_lanes);
}

/// Whether the windows are adjacent 2x2 squares; the last row and column of x may be left over.
HWY_INLINE bool is_quarters(const Window& w) {
  return w.kernel_height == 2 && w.kernel_width == 2 && w.stride == 2 && w.padding == 0 &&
         2 * w.out_height <= w.height && 2 * w.out_width <= w.width;
}

template <class Visit>
HWY_INLINE void for_each_quarter(const Window& w, const Visit& visit) {
  std::size_t to = 0;
  for (std::size_t channel = 0; channel < w.channels; ++channel)
    for (std::size_t oy = 0; oy < w.out_height; ++oy) {
      std::size_t from = (channel * w.height + 2 * oy) * w.width * image_lanes;
      for (std::size_t ox = 0; ox < w.out_width; ++ox, from += 2 * image_lanes, to += image_lanes)
        for (std::size_t lane = 0; lane < image_lanes; lane += kLanes) visit(from + lane, to + lane);
    }
}

HWY_INLINE void fill_zero(std::size_t n, float* out) {
  const D d;
  for (std::size_t i = 0; i < n; i += kLanes) hn::StoreU(hn::Zero(d), d, out + i);
}

/// Clears the values that for_each_quarter skips.
HWY_INLINE void clear_rest(const Window& w, float* dx) {
  const std::size_t columns = 2 * w.out_width * image_lanes;
  const std::size_t line = w.width * image_lanes;
  for (std::size_t row = 0; row < w.channels * w.height; ++row, dx += line) {
    const std::size_t used = row % w.height < 2 * w.out_height ? columns : 0;
    fill_zero(line - used, dx + used);
  }
}

/// The larger value; the first if they are equal or the second is NaN.
HWY_INLINE V larger(V a, V b) { return hn::Max(b, a); }

/// dy, or 0 if the ReLU that produced x was inactive.
HWY_INLINE V through_relu(bool relu, V x, V dy) {
  return relu ? hn::IfThenElseZero(hn::Gt(x, hn::Zero(D())), dy) : dy;
}

void max_pool(const Pooling<float>& p) {
  const D d;
  const Window& w = p.window;
  const V lowest = hn::Neg(hn::Inf(d));
  if (is_quarters(w)) {
    const std::size_t line = w.width * image_lanes;
    for_each_quarter(w, [&](std::size_t from, std::size_t to) HWY_ATTR {
      const float* const x = p.x + from;
      V most = larger(lowest, hn::LoadU(d, x));
      most = larger(most, hn::LoadU(d, x + image_lanes));
      most = larger(most, hn::LoadU(d, x + line));
      hn::StoreU(larger(most, hn::LoadU(d, x + line + image_lanes)), d, p.y + to);
    });
    return;
  }
  for_each_place(w, [&](const Below& below, std::size_t to) HWY_ATTR {
    for (std::size_t lane = 0; lane < image_lanes; lane += kLanes) {
      V most = lowest;
      for_each_below(
          w, below, [&](std::size_t from) HWY_ATTR { most = larger(most, hn::LoadU(d, p.x + from + lane)); });
      hn::StoreU(most, d, p.y + to + lane);
    }
  });
}

void max_pool_gradient(const PoolingGradient<float>& p) {
  const D d;
  const Window& w = p.window;
  if (is_quarters(w)) {
    const std::size_t line = w.width * image_lanes;
    if (2 * w.out_height < w.height || 2 * w.out_width < w.width) clear_rest(w, p.dx);
    for_each_quarter(w, [&](std::size_t from, std::size_t to) HWY_ATTR {
      const V most = hn::LoadU(d, p.y + to);
      const V dy = through_relu(p.relu, most, hn::Add(hn::Zero(d), hn::LoadU(d, p.dy + to)));
      const float* const x = p.x + from;
      float* const dx = p.dx + from;
      const auto first = hn::Eq(hn::LoadU(d, x), most);
      const auto second = hn::AndNot(first, hn::Eq(hn::LoadU(d, x + image_lanes), most));
      const auto upper = hn::Or(first, second);
      const auto third = hn::AndNot(upper, hn::Eq(hn::LoadU(d, x + line), most));
      const auto others = hn::Or(upper, third);
      const auto fourth = hn::AndNot(others, hn::Eq(hn::LoadU(d, x + line + image_lanes), most));
      hn::StoreU(hn::IfThenElseZero(first, dy), d, dx);
      hn::StoreU(hn::IfThenElseZero(second, dy), d, dx + image_lanes);
      hn::StoreU(hn::IfThenElseZero(third, dy), d, dx + line);
      hn::StoreU(hn::IfThenElseZero(fourth, dy), d, dx + line + image_lanes);
    });
    return;
  }
  fill_zero(w.places() * image_lanes, p.dx);
  for_each_place(w, [&](const Below& below, std::size_t to) HWY_ATTR {
    for (std::size_t lane = 0; lane < image_lanes; lane += kLanes) {
      const V most = hn::LoadU(d, p.y + to + lane);
      const V dy = through_relu(p.relu, most, hn::LoadU(d, p.dy + to + lane));
      auto open = hn::FirstN(d, kLanes);  // lanes whose maximum has not been found yet
      for_each_below(w, below, [&](std::size_t from) HWY_ATTR {
        const auto here = hn::And(open, hn::Eq(hn::LoadU(d, p.x + from + lane), most));
        open = hn::AndNot(here, open);
        float* const dx = p.dx + from + lane;
        const V sum = hn::LoadU(d, dx);
        hn::StoreU(hn::IfThenElse(here, hn::Add(sum, dy), sum), d, dx);
      });
    }
  });
}

void mean_pool(const Pooling<float>& p) {
  const D d;
  const Window& w = p.window;
  const V factor = hn::Set(d, 1.0F / static_cast<float>(w.kernel_height * w.kernel_width));
  if (is_quarters(w)) {
    const std::size_t line = w.width * image_lanes;
    for_each_quarter(w, [&](std::size_t from, std::size_t to) HWY_ATTR {
      const float* const x = p.x + from;
      V sum = hn::Add(hn::Zero(d), hn::LoadU(d, x));
      sum = hn::Add(sum, hn::LoadU(d, x + image_lanes));
      sum = hn::Add(sum, hn::LoadU(d, x + line));
      sum = hn::Add(sum, hn::LoadU(d, x + line + image_lanes));
      hn::StoreU(hn::Mul(sum, factor), d, p.y + to);
    });
    return;
  }
  for_each_place(w, [&](const Below& below, std::size_t to) HWY_ATTR {
    for (std::size_t lane = 0; lane < image_lanes; lane += kLanes) {
      V sum = hn::Zero(d);
      for_each_below(w, below,
                     [&](std::size_t from) HWY_ATTR { sum = hn::Add(sum, hn::LoadU(d, p.x + from + lane)); });
      hn::StoreU(hn::Mul(sum, factor), d, p.y + to + lane);
    }
  });
}

void mean_pool_gradient(const PoolingGradient<float>& p) {
  const D d;
  const Window& w = p.window;
  const V factor = hn::Set(d, 1.0F / static_cast<float>(w.kernel_height * w.kernel_width));
  if (is_quarters(w)) {
    const std::size_t line = w.width * image_lanes;
    if (2 * w.out_height < w.height || 2 * w.out_width < w.width) clear_rest(w, p.dx);
    for_each_quarter(w, [&](std::size_t from, std::size_t to) HWY_ATTR {
      const V dy = hn::Add(hn::Zero(d), hn::Mul(hn::LoadU(d, p.dy + to), factor));
      const auto give = [&](std::size_t at) HWY_ATTR {
        hn::StoreU(p.relu ? through_relu(true, hn::LoadU(d, p.x + from + at), dy) : dy, d, p.dx + from + at);
      };
      give(0);
      give(image_lanes);
      give(line);
      give(line + image_lanes);
    });
    return;
  }
  fill_zero(w.places() * image_lanes, p.dx);
  for_each_place(w, [&](const Below& below, std::size_t to) HWY_ATTR {
    for (std::size_t lane = 0; lane < image_lanes; lane += kLanes) {
      const V dy = hn::Mul(hn::LoadU(d, p.dy + to + lane), factor);
      for_each_below(w, below, [&](std::size_t from) HWY_ATTR {
        float* const dx = p.dx + from + lane;
        const V change = p.relu ? through_relu(true, hn::LoadU(d, p.x + from + lane), dy) : dy;
        hn::StoreU(hn::Add(hn::LoadU(d, dx), change), d, dx);
      });
    }
  });
}

}  // namespace

void set_pooling(Kernels<float>& table) {
  table.max_pool = max_pool;
  table.max_pool_gradient = max_pool_gradient;
  table.mean_pool = mean_pool;
  table.mean_pool_gradient = mean_pool_gradient;
}

#endif
}  // namespace scrawl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
