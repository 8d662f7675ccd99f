// No include guard: Highway includes HWY_TARGET_INCLUDE, the file that includes this, once per target. Order
// matters: first this, then the *-inl.h files.

// Instruction sets below AVX2 have no fused multiply-add in this version of Highway, so they run the scalar
// reference. SSE2 stays enabled only because Highway needs a baseline; nothing is compiled for it.
#ifndef HWY_DISABLED_TARGETS
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SSE4 | HWY_AVX3_DL)
#endif

// Keeps the targets of every build the same, also with -march=native.
#ifndef HWY_COMPILE_ALL_ATTAINABLE
#define HWY_COMPILE_ALL_ATTAINABLE
#endif

#include <hwy/foreach_target.h>  // must come before highway.h
// clang-format off
#include <hwy/highway.h>
// clang-format on

#undef SCRAWL_VECTOR_TARGET
#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3
#define SCRAWL_VECTOR_TARGET 1
#else
#define SCRAWL_VECTOR_TARGET 0
#endif
