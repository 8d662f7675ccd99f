// The kernels of a convolutional layer in oneDNN: output, gradient by the weights and gradient by the input,
// with data as oneDNN likes them best to lie; reordering is not counted. Of its algorithms the quickest
// counts.
//
//     rival-onednn CHANNELS OUTPUTS WINDOW SIZE PADDING BATCH [--threads N]
#include "bench/shortest.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

#include <dnnl.hpp>
#include <omp.h>

namespace {

using dnnl::algorithm;
using dnnl::memory;
using dnnl::prop_kind;
using Arguments = std::unordered_map<int, memory>;

struct Layer {
  memory::dim channels = 0;
  memory::dim outputs = 0;
  memory::dim window = 0;
  memory::dim size = 0;
  memory::dim padding = 0;
  memory::dim batch = 0;

  memory::dim out_size() const { return size + 2 * padding - window + 1; }
  double flops() const {
    return 2.0 * static_cast<double>(batch * outputs * out_size() * out_size() * channels * window * window);
  }
  // As oneDNN chooses, but for the bias.
  memory::desc x() const { return any({batch, channels, size, size}); }
  memory::desc w() const { return any({outputs, channels, window, window}); }
  memory::desc y() const { return any({batch, outputs, out_size(), out_size()}); }
  memory::desc bias() const { return {{outputs}, memory::data_type::f32, memory::format_tag::a}; }

 private:
  static memory::desc any(const memory::dims& dims) {
    return {dims, memory::data_type::f32, memory::format_tag::any};
  }
};

memory numbers(const memory::desc& desc, const dnnl::engine& engine) {
  memory result(desc, engine);
  float* values = static_cast<float*>(result.get_data_handle());
  for (std::size_t i = 0; i < desc.get_size() / sizeof(float); ++i) {
    values[i] = static_cast<float>(i * 2654435761U % 1024) / 1024 - 0.5F;
  }
  return result;
}

// What measures the time of a primitive with these arguments: the least of many calls.
double seconds_of(const dnnl::primitive& primitive, const Arguments& arguments, dnnl::stream& stream) {
  const auto call = [&] {
    primitive.execute(stream, arguments);
    stream.wait();
  };
  call();
  return scrawl::bench::shortest_within(0.3, call);
}

// The description of a primitive by its fields, and by that of the forward pass where it is of a gradient.
// Version 2 of oneDNN keeps the fields in a desc of their own.
template <class Primitive, class Fields, class... Forward>
typename Primitive::primitive_desc described(const dnnl::engine& engine, const Fields& fields,
                                             const Forward&... forward) {
#if DNNL_VERSION_MAJOR < 3
  const auto desc = [](const auto&... field) { return typename Primitive::desc(field...); };
  return {std::apply(desc, fields), engine, forward...};
#else
  const auto desc = [&](const auto&... field) {
    return typename Primitive::primitive_desc(engine, field..., forward...);
  };
  return std::apply(desc, fields);
#endif
}

class Kernels {
 public:
  explicit Kernels(const Layer& layer) : layer_(layer) {}

  double forward(algorithm kind) {
    const auto p = forward_desc(kind);
    return gflops(dnnl::convolution_forward(p), {{DNNL_ARG_SRC, numbers(p.src_desc(), engine_)},
                                                 {DNNL_ARG_WEIGHTS, numbers(p.weights_desc(), engine_)},
                                                 {DNNL_ARG_BIAS, numbers(p.bias_desc(), engine_)},
                                                 {DNNL_ARG_DST, numbers(p.dst_desc(), engine_)}});
  }
  double weight_gradient(algorithm kind) {
    using Gradient = dnnl::convolution_backward_weights;
    const auto p = described<Gradient>(
        engine_,
        std::tuple(kind, layer_.x(), layer_.w(), layer_.bias(), layer_.y(), stride(), padding(), padding()),
        forward_desc(kind));
    return gflops(Gradient(p), {{DNNL_ARG_SRC, numbers(p.src_desc(), engine_)},
                                {DNNL_ARG_DIFF_DST, numbers(p.diff_dst_desc(), engine_)},
                                {DNNL_ARG_DIFF_WEIGHTS, numbers(p.diff_weights_desc(), engine_)},
                                {DNNL_ARG_DIFF_BIAS, numbers(p.diff_bias_desc(), engine_)}});
  }
  double input_gradient(algorithm kind) {
    using Gradient = dnnl::convolution_backward_data;
    const auto p = described<Gradient>(
        engine_, std::tuple(kind, layer_.x(), layer_.w(), layer_.y(), stride(), padding(), padding()),
        forward_desc(kind));
    return gflops(Gradient(p), {{DNNL_ARG_DIFF_SRC, numbers(p.diff_src_desc(), engine_)},
                                {DNNL_ARG_WEIGHTS, numbers(p.weights_desc(), engine_)},
                                {DNNL_ARG_DIFF_DST, numbers(p.diff_dst_desc(), engine_)}});
  }

 private:
  memory::dims stride() const { return {1, 1}; }
  memory::dims padding() const { return {layer_.padding, layer_.padding}; }
  dnnl::convolution_forward::primitive_desc forward_desc(algorithm kind) const {
    return described<dnnl::convolution_forward>(
        engine_, std::tuple(prop_kind::forward_training, kind, layer_.x(), layer_.w(), layer_.bias(),
                            layer_.y(), stride(), padding(), padding()));
  }
  double gflops(const dnnl::primitive& primitive, const Arguments& arguments) {
    return layer_.flops() / seconds_of(primitive, arguments, stream_) * 1e-9;
  }

  Layer layer_;
  dnnl::engine engine_{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream_{engine_};
};

// The best of the algorithms that there are for this layer.
double best(const std::function<double(algorithm)>& measure) {
  double result = 0;
  for (const algorithm kind :
       {algorithm::convolution_direct, algorithm::convolution_winograd, algorithm::convolution_auto}) {
    try {
      result = std::max(result, measure(kind));
    } catch (const dnnl::error&) {  // not for this layer
    }
  }
  return result;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<memory::dim> sizes;
  int threads = 1;
  for (int i = 1; i < argc; ++i) {
    if (std::string(argv[i]) == "--threads" && i + 1 < argc)
      threads = std::atoi(argv[++i]);
    else
      sizes.push_back(std::atoi(argv[i]));
  }
  if (sizes.size() != 6 || threads < 1) {
    std::fprintf(stderr, "usage: rival-onednn CHANNELS OUTPUTS WINDOW SIZE PADDING BATCH [--threads N]\n");
    return 2;
  }
  try {
    omp_set_num_threads(threads);
    Kernels kernels({sizes[0], sizes[1], sizes[2], sizes[3], sizes[4], sizes[5]});
    const double forward = best([&](algorithm kind) { return kernels.forward(kind); });
    const double weights = best([&](algorithm kind) { return kernels.weight_gradient(kind); });
    const double input = best([&](algorithm kind) { return kernels.input_gradient(kind); });
    std::printf(
        "{\"rival\":\"onednn\",\"version\":\"%d.%d.%d\",\"threads\":%d,\"forward\":%.2f,"
        "\"weight_gradient\":%.2f,\"input_gradient\":%.2f}\n",
        dnnl::version()->major, dnnl::version()->minor, dnnl::version()->patch, threads, forward, weights,
        input);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "rival-onednn: %s\n", error.what());
    return 1;
  }
}
