#include "kernels/elementary.h"
#include "kernels/kernels.h"

#include <cstddef>

// The order of what follows matters.
// clang-format off
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/activation.cpp"
#include "kernels/targets.h"
#include "kernels/map-inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace scrawl::kernels::HWY_NAMESPACE {
#if SCRAWL_VECTOR_TARGET

// The same operations in the same order as elementary.h and activation_reference.h, in every lane.

struct Exp {
  HWY_INLINE V operator()(D d, V x) const {
    using C = ExpConstants;
    x = hn::Min(hn::Set(d, C::highest), x);  // this order of arguments keeps NaN
    x = hn::Max(hn::Set(d, C::lowest), x);
    const V shifted = hn::MulAdd(x, hn::Set(d, C::log2e), hn::Set(d, C::round));
    const V n = hn::Sub(shifted, hn::Set(d, C::round));
    const V high = hn::MulAdd(n, hn::Set(d, C::minus_ln2_high), x);
    const V r = hn::MulAdd(n, hn::Set(d, C::minus_ln2_low), high);
    V p = hn::Set(d, C::inverse_factorial[0]);
    for (int i = 1; i < C::terms; ++i) p = hn::MulAdd(p, r, hn::Set(d, C::inverse_factorial[i]));
    const hn::RebindToUnsigned<D> du;
    const auto power = hn::ShiftLeft<23>(hn::Add(hn::BitCast(du, shifted), hn::Set(du, 127U)));
    return hn::Mul(p, hn::BitCast(d, power));
  }
};

struct Sigmoid {
  HWY_INLINE V operator()(D d, V x) const {
    const V one = hn::Set(d, 1.0F);
    return hn::Div(one, hn::Add(one, Exp()(d, hn::Neg(x))));
  }
};

struct SigmoidGradient {
  HWY_INLINE V operator()(D d, V y, V dy) const {
    return hn::Mul(dy, hn::Mul(y, hn::Sub(hn::Set(d, 1.0F), y)));
  }
};

struct Tanh {
  HWY_INLINE V operator()(D d, V x) const {
    using C = TanhConstants;
    const V one = hn::Set(d, 1.0F);
    const V two = hn::Set(d, 2.0F);
    const V magnitude = hn::Abs(x);
    const V x2 = hn::Mul(x, x);
    V p = hn::Set(d, C::taylor[0]);
    for (int i = 1; i < C::terms; ++i) p = hn::MulAdd(p, x2, hn::Set(d, C::taylor[i]));
    const V near = hn::Mul(x, p);
    const V far = hn::Sub(one, hn::Div(two, hn::Add(Exp()(d, hn::Mul(two, magnitude)), one)));
    const V is_near = hn::VecFromMask(d, hn::Lt(magnitude, hn::Set(d, C::small)));
    return hn::IfVecThenElse(is_near, near, hn::CopySignToAbs(far, x));
  }
};

struct TanhGradient {
  HWY_INLINE V operator()(D d, V y, V dy) const {
    return hn::Mul(dy, hn::MulAdd(hn::Neg(y), y, hn::Set(d, 1.0F)));
  }
};

struct Relu {
  HWY_INLINE V operator()(D d, V x) const { return hn::Max(hn::Zero(d), x); }  // this order keeps NaN
};

struct ReluGradient {
  HWY_INLINE V operator()(D d, V y, V dy) const { return hn::IfThenElseZero(hn::Gt(y, hn::Zero(d)), dy); }
};

void exp(std::size_t n, const float* x, float* y) { map(n, x, y, Exp()); }
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

void set_activation(Kernels<float>& table) {
  table.exp = exp;
  table.relu = relu;
  table.relu_gradient = relu_gradient;
  table.sigmoid = sigmoid;
  table.sigmoid_gradient = sigmoid_gradient;
  table.tanh = tanh;
  table.tanh_gradient = tanh_gradient;
}

#endif
}  // namespace scrawl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
