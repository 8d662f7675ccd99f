#include "kernels/online.h"

#include "kernels/kernels.h"
#include "kernels/online_reference.h"

#include <cstddef>
#include <cstdint>

// clang-format off
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/online.cpp"
#include "kernels/targets.h"
#include "kernels/activation-inl.h"
#include "kernels/map-inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace scrawl::kernels::HWY_NAMESPACE {
#if SCRAWL_VECTOR_TARGET
namespace {

using Rows = OnlineRows<float>;
using Layer = OnlineLayer<float>;

/// Vectors of a row per strip: times four chains, they fill the registers.
constexpr std::size_t kMostVectors = HWY_TARGET == HWY_AVX3 ? 6 : 3;

struct Strip {
  const Rows& rows;
  reference::OnlineFactors<float> factors;
};

/// kTail values followed by zeros.
template <std::size_t kTail, class VT>
HWY_INLINE V widened(VT tail) {
  const D d;
  if constexpr (kTail == kLanes) {
    return tail;
  } else if constexpr (kTail * 2 == kLanes) {
    return hn::ZeroExtendVector(d, tail);
  } else {
    const hn::CappedTag<float, kTail * 2> half;
    return hn::ZeroExtendVector(d, hn::ZeroExtendVector(half, tail));
  }
}

template <std::size_t kTail>
HWY_INLINE auto narrowed(V whole) {
  if constexpr (kTail == kLanes) {
    return whole;
  } else if constexpr (kTail * 2 == kLanes) {
    return hn::LowerHalf(whole);
  } else {
    return hn::LowerHalf(hn::LowerHalf(whole));
  }
}

/// out = sums over all rows of kVectors vectors of columns from `column`, then of the tail.
template <std::size_t kVectors, std::size_t kTail, bool kListed>
HWY_NOINLINE void sum_strip(const Strip& strip, std::size_t column, float* out) {
  constexpr std::size_t kChains = online_chains;
  const D d;
  const hn::CappedTag<float, kTail ? kTail : 4> dt;
  V sum[kChains][kVectors ? kVectors : 1];
  hn::Vec<decltype(dt)> tail[kChains];
#pragma GCC unroll 4
  for (std::size_t c = 0; c < kChains; ++c) {
#pragma GCC unroll 8
    for (std::size_t v = 0; v < kVectors; ++v) sum[c][v] = hn::Zero(d);
    tail[c] = hn::Zero(dt);
  }
  const float* const head = strip.rows.head + column;
  const std::size_t stride = strip.rows.head_columns;
  const float* const tails = strip.rows.tail;
  const OnlineInput<float>* const listed = strip.factors.listed;
  const float* const values = strip.factors.values;
  const std::size_t count = strip.factors.count;
  for (std::size_t i = 0; i < count; i += kChains) {
#pragma GCC unroll 4
    for (std::size_t c = 0; c < kChains; ++c) {
      const std::size_t k = kListed ? listed[i + c].row : i + c;
      const V factor = hn::Set(d, kListed ? listed[i + c].value : values[i + c]);
      const float* const row = head + k * stride;
#pragma GCC unroll 8
      for (std::size_t v = 0; v < kVectors; ++v)
        sum[c][v] = hn::MulAdd(factor, hn::Load(d, row + v * kLanes), sum[c][v]);
      if constexpr (kTail != 0)
        tail[c] = hn::MulAdd(narrowed<kTail>(factor), hn::Load(dt, tails + k * kTail), tail[c]);
    }
  }
#pragma GCC unroll 8
  for (std::size_t v = 0; v < kVectors; ++v)
    hn::Store(hn::Add(hn::Add(sum[0][v], sum[1][v]), hn::Add(sum[2][v], sum[3][v])), d, out + v * kLanes);
  if constexpr (kTail != 0) {
    const auto whole = hn::Add(hn::Add(tail[0], tail[1]), hn::Add(tail[2], tail[3]));
    hn::Store(widened<kTail>(whole), d, out + kVectors * kLanes);
  }
}

/// Adds factor times `step` to all rows of a strip, and shrinks the weights after the first layer. Starts at
/// the last row, which the forward pass has left in the cache.
template <std::size_t kVectors, std::size_t kTail, bool kListed>
HWY_NOINLINE void add_strip(const Strip& strip, std::size_t column, const float* step, float keep) {
  const D d;
  const hn::CappedTag<float, kTail ? kTail : 4> dt;
  V steps[kVectors ? kVectors : 1];
#pragma GCC unroll 8
  for (std::size_t v = 0; v < kVectors; ++v) steps[v] = hn::Load(d, step + v * kLanes);
  auto tail_step = hn::Zero(dt);
  if constexpr (kTail != 0) tail_step = hn::Load(dt, step + kVectors * kLanes);
  const V kept = hn::Set(d, keep);
  float* const head = strip.rows.head + column;
  const std::size_t stride = strip.rows.head_columns;
  float* const tails = strip.rows.tail;
  const OnlineInput<float>* const listed = strip.factors.listed;
  const float* const values = strip.factors.values;
  for (std::size_t i = strip.factors.count; i != 0; i -= online_chains) {
#pragma GCC unroll 4
    for (std::size_t c = 1; c <= online_chains; ++c) {
      const std::size_t k = kListed ? listed[i - c].row : i - c;
      const V factor = hn::Set(d, kListed ? listed[i - c].value : values[i - c]);
      float* const row = head + k * stride;
#pragma GCC unroll 8
      for (std::size_t v = 0; v < kVectors; ++v) {
        const V old = hn::Load(d, row + v * kLanes);
        hn::Store(hn::MulAdd(factor, steps[v], kListed ? old : hn::Mul(kept, old)), d, row + v * kLanes);
      }
      if constexpr (kTail != 0) {
        float* const at = tails + k * kTail;
        hn::Store(hn::MulAdd(narrowed<kTail>(factor), tail_step, hn::Load(dt, at)), dt, at);
      }
    }
  }
}

/// Calls run(width, column, last) for strips, or for one strip of no vectors if there is only a tail.
template <class Run>
HWY_INLINE void for_each_strip_of(const Rows& rows, const Run& run) {
  const std::size_t vectors = rows.head_columns / kLanes;
  if (vectors == 0) return run(0, 0, true);
  for_each_strip(vectors, kMostVectors,
                 [&](std::size_t width, std::size_t first, bool last) { run(width, first * kLanes, last); });
}

template <std::size_t kVectors, std::size_t kTail, bool kListed>
HWY_INLINE void sum_columns(std::size_t vectors, const Strip& strip, std::size_t column, float* out) {
  if (vectors == kVectors) return sum_strip<kVectors, kTail, kListed>(strip, column, out);
  if constexpr (kVectors < kMostVectors)
    sum_columns<kVectors + 1, kTail, kListed>(vectors, strip, column, out);
}

template <std::size_t kVectors, std::size_t kTail, bool kListed>
HWY_INLINE void add_columns(std::size_t vectors, const Strip& strip, std::size_t column, const float* step,
                            float keep) {
  if (vectors == kVectors) return add_strip<kVectors, kTail, kListed>(strip, column, step, keep);
  if constexpr (kVectors < kMostVectors)
    add_columns<kVectors + 1, kTail, kListed>(vectors, strip, column, step, keep);
}

/// Only the first layer has a list, and perhaps a tail.
HWY_INLINE void sum_rows(const Strip& strip, float* out) {
  for_each_strip_of(strip.rows, [&](std::size_t vectors, std::size_t column, bool last) {
    if (strip.factors.listed == nullptr)
      return sum_columns<1, 0, false>(vectors, strip, column, out + column);
    const std::size_t tail = last ? strip.rows.tail_columns : 0;
    if (tail == 0) return sum_columns<1, 0, true>(vectors, strip, column, out + column);
    if (tail == 4) return sum_columns<0, 4, true>(vectors, strip, column, out + column);
    sum_columns<0, 8, true>(vectors, strip, column, out + column);
  });
}

HWY_INLINE void add_rows(const Strip& strip, const float* step, float keep) {
  for_each_strip_of(strip.rows, [&](std::size_t vectors, std::size_t column, bool last) {
    if (strip.factors.listed == nullptr)
      return add_columns<1, 0, false>(vectors, strip, column, step + column, keep);
    const std::size_t tail = last ? strip.rows.tail_columns : 0;
    if (tail == 0) return add_columns<1, 0, true>(vectors, strip, column, step + column, keep);
    if (tail == 4) return add_columns<0, 4, true>(vectors, strip, column, step + column, keep);
    add_columns<0, 8, true>(vectors, strip, column, step + column, keep);
  });
}

template <class Z>
HWY_INLINE void activate(const Layer& layer, const Z& z) {
  const D d;
  const auto each = [&](const auto& function) {
    for (std::size_t j = 0; j < layer.padded; j += kLanes) {
      V y = function(d, z(j));
      if (j + kLanes > layer.outputs)
        y = hn::IfThenElseZero(hn::FirstN(d, j < layer.outputs ? layer.outputs - j : 0), y);
      hn::Store(y, d, layer.output + j);
    }
  };
  switch (layer.activation) {
    case OnlineActivation::none: return each([](D, V x) { return x; });
    case OnlineActivation::relu: return each(Relu());
    case OnlineActivation::sigmoid: return each(Sigmoid());
    case OnlineActivation::tanh: return each(Tanh());
  }
}

void forward(const OnlineNet<float>& net) {
  const D d;
  const Layer& first = net.layers[0];
  sum_rows({first.weights, reference::input_factors(net)}, first.output);
  const V scale = hn::Set(d, net.scale);
  const auto scaled = [&](std::size_t j) {
    const V bias = first.bias ? hn::Load(d, first.bias + j) : hn::Zero(d);
    return hn::MulAdd(scale, hn::Load(d, first.output + j), bias);
  };
  if (net.shared) {
    const V of_total = hn::Set(d, net.background * net.scale);
    const V of_shared = hn::MulAdd(hn::Set(d, static_cast<float>(first.inputs)), hn::Set(d, net.background),
                                   hn::Set(d, net.value_sum));
    activate(first, [&](std::size_t j) {
      const V z = hn::MulAdd(of_total, hn::Load(d, net.total + j), scaled(j));
      return hn::MulAdd(of_shared, hn::Load(d, net.shared + j), z);
    });
  } else {
    activate(first, scaled);
  }
  for (std::size_t l = 1; l < net.layer_count; ++l) {
    const Layer& layer = net.layers[l];
    sum_rows({layer.weights, {layer.inputs, net.layers[l - 1].output}}, layer.output);
    if (layer.bias)
      activate(layer, [&](std::size_t j) {
        return hn::Add(hn::Load(d, layer.output + j), hn::Load(d, layer.bias + j));
      });
    else
      activate(layer, [&](std::size_t j) { return hn::Load(d, layer.output + j); });
  }
}

HWY_INLINE void derive(const Layer& layer) {
  struct Same {
    HWY_INLINE V operator()(D, V, V error) const { return error; }
  };
  const auto each = [&](const auto& gradient) {
    map(layer.padded, layer.output, layer.error, layer.delta, gradient);
  };
  switch (layer.activation) {
    case OnlineActivation::none: return each(Same());
    case OnlineActivation::relu: return each(ReluGradient());
    case OnlineActivation::sigmoid: return each(SigmoidGradient());
    case OnlineActivation::tanh: return each(TanhGradient());
  }
}

void errors(const OnlineNet<float>& net, const OnlineDescent<float>& descent) {
  const D d;
  const V minus_rate = hn::Set(d, -descent.rate);
  for (std::size_t l = net.layer_count; l-- > 0;) {
    const Layer& layer = net.layers[l];
    derive(layer);
    if (l > 0) {
      const Rows transposed = reference::transposed_rows(net, l);
      sum_rows({transposed, {reference::transposed_count(layer), descent.raw ? layer.error : layer.delta}},
               net.layers[l - 1].error);
    }
    for (std::size_t j = 0; j < layer.padded; j += kLanes)
      hn::Store(hn::Mul(hn::Load(d, layer.delta + j), minus_rate), d, layer.delta + j);
  }
}

HWY_INLINE void update_first(const OnlineNet<float>& net, const OnlineDescent<float>& descent) {
  const D d;
  const Layer& first = net.layers[0];
  for (std::size_t j = 0; j < first.padded; j += kLanes) {
    V step = hn::Load(d, first.delta + j);
    if (net.shared) {
      const V kept = hn::Mul(hn::Set(d, descent.keep), hn::Load(d, net.shared + j));
      hn::Store(hn::MulAdd(hn::Set(d, net.background), step, kept), d, net.shared + j);
    }
    step = hn::Mul(step, hn::Set(d, descent.inverse_scale));
    hn::Store(step, d, first.delta + j);
    if (net.total)
      hn::Store(hn::MulAdd(hn::Set(d, net.value_sum), step, hn::Load(d, net.total + j)), d, net.total + j);
  }
  add_rows({first.weights, reference::input_factors(net)}, first.delta, 1);
}

void update(const OnlineNet<float>& net, const OnlineDescent<float>& descent) {
  const D d;
  for (std::size_t l = 0; l < net.layer_count; ++l) {
    const Layer& layer = net.layers[l];
    if (layer.bias)
      for (std::size_t j = 0; j < layer.padded; j += kLanes)
        hn::Store(hn::Add(hn::Load(d, layer.bias + j), hn::Load(d, layer.delta + j)), d, layer.bias + j);
    if (l == 0) continue;
    const float* const inputs = net.layers[l - 1].output;
    const Rows transposed = reference::transposed_rows(net, l);
    add_rows({layer.weights, {layer.inputs, inputs}}, layer.delta, descent.keep);
    add_rows({transposed, {reference::transposed_count(layer), layer.delta}}, inputs, descent.keep);
  }
  update_first(net, descent);
}

void weights(const OnlineNet<float>& net, float* out) {
  const D d;
  const Layer& first = net.layers[0];
  const Rows& rows = first.weights;
  const V scale = hn::Set(d, net.scale);
  const auto shared = [&](std::size_t j) { return net.shared ? hn::Load(d, net.shared + j) : hn::Zero(d); };
  for (std::size_t k = 0; k < first.inputs; ++k) {
    for (std::size_t j = 0; j < first.outputs; j += kLanes) {
      V w;
      if (j < rows.head_columns) {
        w = hn::Load(d, rows.head + k * rows.head_columns + j);
      } else {
        const std::size_t left = rows.tail_columns < kLanes ? rows.tail_columns : kLanes;
        w = hn::MaskedLoad(hn::FirstN(d, left), d, rows.tail + k * rows.tail_columns);
      }
      w = hn::MulAdd(scale, w, shared(j));
      const std::size_t left = first.outputs - j;
      if (left >= kLanes)
        hn::StoreU(w, d, out + k * first.outputs + j);
      else
        hn::BlendedStore(w, hn::FirstN(d, left), d, out + k * first.outputs + j);
    }
  }
}

}  // namespace

void set_online(Kernels<float>& table) {
  table.online_forward = forward;
  table.online_errors = errors;
  table.online_update = update;
  table.online_weights = weights;
}

#endif
}  // namespace scrawl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
