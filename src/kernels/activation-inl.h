// The activations on a vector, for files that are compiled once per instruction set (see map-inl.h).
#if defined(SCRAWL_KERNELS_ACTIVATION_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SCRAWL_KERNELS_ACTIVATION_INL_H_
#undef SCRAWL_KERNELS_ACTIVATION_INL_H_
#else
#define SCRAWL_KERNELS_ACTIVATION_INL_H_
#endif

#include "kernels/elementary.h"
#include "kernels/map-inl.h"

HWY_BEFORE_NAMESPACE();
namespace scrawl::kernels::HWY_NAMESPACE {
#if SCRAWL_VECTOR_TARGET

// The operations and their order are those of elementary.h and activation_reference.h, in every lane.

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

struct Log {
  HWY_INLINE V operator()(D d, V x) const {
    const hn::RebindToUnsigned<D> du;
    const hn::RebindToSigned<D> di;
    const V one = hn::Set(d, 1.0F);
    const auto bits = hn::BitCast(du, x);
    const auto power = hn::Sub(hn::BitCast(di, hn::ShiftRight<23>(bits)), hn::Set(di, 127));
    V exponent = hn::ConvertTo(d, power);
    V m = hn::BitCast(d, hn::Or(hn::And(bits, hn::Set(du, 0x7fffffU)), hn::Set(du, 0x3f800000U)));
    const auto large = hn::Gt(m, hn::Set(d, 1.41421356F));
    m = hn::IfThenElse(large, hn::Mul(m, hn::Set(d, 0.5F)), m);
    exponent = hn::IfThenElse(large, hn::Add(exponent, one), exponent);
    const V s = hn::Div(hn::Sub(m, one), hn::Add(m, one));
    const V s2 = hn::Mul(s, s);
    V p = hn::Set(d, 1.0F / 9);
    p = hn::MulAdd(p, s2, hn::Set(d, 1.0F / 7));
    p = hn::MulAdd(p, s2, hn::Set(d, 1.0F / 5));
    p = hn::MulAdd(p, s2, hn::Set(d, 1.0F / 3));
    const V twice = hn::Add(s, s);
    const V log = hn::MulAdd(exponent, hn::Set(d, 0.693147181F), hn::MulAdd(hn::Mul(twice, s2), p, twice));
    return hn::IfThenElse(hn::Lt(x, hn::Inf(d)), log, x);
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

struct LeakyRelu {
  float slope;
  HWY_INLINE V operator()(D d, V x) const {
    return hn::IfThenElse(hn::Gt(x, hn::Zero(d)), x, hn::Mul(hn::Set(d, slope), x));
  }
};

struct LeakyReluGradient {
  float slope;
  HWY_INLINE V operator()(D d, V y, V dy) const {
    return hn::IfThenElse(hn::Gt(y, hn::Zero(d)), dy, hn::Mul(hn::Set(d, slope), dy));
  }
};

struct Silu {
  HWY_INLINE V operator()(D d, V x) const { return hn::Mul(x, Sigmoid()(d, x)); }
};

struct SiluGradient {
  HWY_INLINE V operator()(D d, V x, V dy) const {
    const V one = hn::Set(d, 1.0F);
    const V s = Sigmoid()(d, x);
    return hn::Mul(dy, hn::Mul(s, hn::MulAdd(x, hn::Sub(one, s), one)));
  }
};

struct ReluGradient {
  HWY_INLINE V operator()(D d, V y, V dy) const { return hn::IfThenElseZero(hn::Gt(y, hn::Zero(d)), dy); }
};

#endif
}  // namespace scrawl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
