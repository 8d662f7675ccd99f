// No include guard: foreach_target.h includes the kernel files again and again, once per instruction set.
// HWY_TARGET_INCLUDE must name the including file.

// The instruction sets below AVX2 have no fused multiply-add in this version of Highway, so everything else
// runs the scalar reference. SSE2 stays enabled only because Highway needs a baseline; nothing is compiled
// for it.
#ifndef HWY_DISABLED_TARGETS
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SSE4 | HWY_AVX3_DL)
#endif

// Also when the compiler is allowed one instruction set for everything (-march=native), so that the same
// targets exist in every build.
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
