// Measures every kernel by itself: bench-kernels [--benchmark_filter=gemm.*avx3] [--benchmark_format=json].
#include "suite.h"

#include <benchmark/benchmark.h>

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  scrawl::bench::add_gemm();
  scrawl::bench::add_sparse();
  scrawl::bench::add_activation();
  scrawl::bench::add_augment();
  scrawl::bench::add_update();
  scrawl::bench::add_convert();
  scrawl::bench::add_convolution();
  scrawl::bench::add_normalisation();
  benchmark::RunSpecifiedBenchmarks();
}
