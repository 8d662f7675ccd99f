#include "kernels/kernels.h"

#include <cstddef>

// clang-format off
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/activation.cpp"
#include "kernels/targets.h"
#include "kernels/activation-inl.h"
#include "kernels/map-inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace scrawl::kernels::HWY_NAMESPACE {
#if SCRAWL_VECTOR_TARGET
namespace {

void relu(std::size_t n, const float* x, float* y) { map(n, x, y, Relu()); }
void sigmoid(std::size_t n, const float* x, float* y) { map(n, x, y, Sigmoid()); }
void tanh(std::size_t n, const float* x, float* y) { map(n, x, y, Tanh()); }
void relu_gradient(std::size_t n, const float* y, const float* dy, float* dx) {
  map(n, y, dy, dx, ReluGradient());
}
void sigmoid_gradient(std::size_t n, const float* y, const float* dy, float* dx) {
  map(n, y, dy, dx, SigmoidGradient());
}
void tanh_gradient(std::size_t n, const float* y, const float* dy, float* dx) {
  map(n, y, dy, dx, TanhGradient());
}

void leaky_relu(std::size_t n, float slope, const float* x, float* y) { map(n, x, y, LeakyRelu{slope}); }
void leaky_relu_gradient(std::size_t n, float slope, const float* y, const float* dy, float* dx) {
  map(n, y, dy, dx, LeakyReluGradient{slope});
}
void silu(std::size_t n, const float* x, float* y) { map(n, x, y, Silu()); }
void silu_gradient(std::size_t n, const float* x, const float* dy, float* dx) {
  map(n, x, dy, dx, SiluGradient());
}

HWY_INLINE float cross_entropy(float logit, float largest, float of_label, float sum, float log_epsilon) {
  const D d;
  const float argument = log_epsilon > 0 ? of_label / sum + log_epsilon : sum;
  const float log = hn::GetLane(Log()(d, hn::Set(d, argument)));
  return log_epsilon > 0 ? -log : log - (logit - largest);
}

/// At most one vector of values, where latency counts.
HWY_INLINE float short_cross_entropy(std::size_t n, const float* x, std::size_t label, float rows,
                                     float log_epsilon, float* y) {
  const D d;
  const auto used = hn::FirstN(d, n);
  const float logit = x[label < n ? label : 0];
  const V values = hn::IfThenElse(used, hn::MaskedLoad(used, d, x), hn::Set(d, x[0]));
  const V most = hn::MaxOfLanes(d, values);
  const V e = Exp()(d, hn::Sub(values, most));
  HWY_ALIGN float lanes[kLanes];
  hn::Store(e, d, lanes);
  float sum = 0;
  for (std::size_t i = 0; i < n; ++i) sum += lanes[i];
  V probability = hn::Div(e, hn::Set(d, sum));
  if (rows != 1) probability = hn::Div(probability, hn::Set(d, rows));
  hn::BlendedStore(probability, used, d, y);
  if (label == n) return 0;
  y[label] -= 1 / rows;
  return cross_entropy(logit, hn::GetLane(most), lanes[label], sum, log_epsilon);
}

float softmax_cross_entropy(std::size_t n, const float* x, std::size_t label, float rows, float log_epsilon,
                            float* y) {
  if (n <= kLanes) return short_cross_entropy(n, x, label, rows, log_epsilon, y);
  const D d;
  const auto used = [&](std::size_t i) { return hn::FirstN(d, n - i < kLanes ? n - i : kLanes); };
  const float logit = label < n ? x[label] : 0.0F;
  V most = hn::Set(d, x[0]);
  for (std::size_t i = 0; i < n; i += kLanes)
    most = hn::IfThenElse(used(i), hn::Max(hn::MaskedLoad(used(i), d, x + i), most), most);
  const float largest = hn::GetLane(hn::MaxOfLanes(d, most));
  V e = hn::Zero(d);
  float sum = 0;
  float of_label = 0;
  HWY_ALIGN float lanes[kLanes];
  for (std::size_t i = 0; i < n; i += kLanes) {
    e = Exp()(d, hn::Sub(hn::MaskedLoad(used(i), d, x + i), hn::Set(d, largest)));
    hn::Store(e, d, lanes);
    for (std::size_t j = 0; j < kLanes && i + j < n; ++j) sum += lanes[j];
    if (label - i < kLanes) of_label = lanes[label - i];
    hn::BlendedStore(e, used(i), d, y + i);
  }
  for (std::size_t i = 0; i < n; i += kLanes) {
    e = hn::MaskedLoad(used(i), d, y + i);
    V probability = hn::Div(e, hn::Set(d, sum));
    if (rows != 1) probability = hn::Div(probability, hn::Set(d, rows));
    hn::BlendedStore(probability, used(i), d, y + i);
  }
  if (label == n) return 0;
  y[label] -= 1 / rows;
  return cross_entropy(logit, largest, of_label, sum, log_epsilon);
}

}  // namespace

void set_activation(Kernels<float>& table) {
  table.softmax_cross_entropy = softmax_cross_entropy;
  table.relu = relu;
  table.relu_gradient = relu_gradient;
  table.sigmoid = sigmoid;
  table.sigmoid_gradient = sigmoid_gradient;
  table.tanh = tanh;
  table.tanh_gradient = tanh_gradient;
  table.leaky_relu = leaky_relu;
  table.leaky_relu_gradient = leaky_relu_gradient;
  table.silu = silu;
  table.silu_gradient = silu_gradient;
}

#endif
}  // namespace scrawl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
