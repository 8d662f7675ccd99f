#include "predict/member_plan.h"

#include "scrawl/model.h"

#include "base/prefetch.h"
#include "kernels/convolution_one.h"
#include "kernels/kernels.h"
#include "kernels/pooling_one.h"
#include "nn/layer_kinds.h"

#include <algorithm>
#include <array>
#include <new>
#include <utility>
#include <variant>
#include <vector>

namespace scrawl {
namespace {

using kernels::image_lanes;
using Kind = Step::Kind;

/// From so many images on, a block that is not full is quicker than one image after the other.
constexpr std::size_t fewest_in_block = 11;

constexpr std::size_t most_short = 16;  // values that short_softmax takes

void activate(const Step& step, std::size_t n, float* x, const kernels::Kernels<float>& kernels) {
  std::visit(
      [&]<class Spec>(const Spec& spec) {
        if constexpr (ActivationSpec<Spec>) LayerKind<Spec>::functions(spec, kernels).first(n, x, x);
      },
      step.activation);
}

/// Normalises the pictures of `images` images.
void scale(const Step& step, const float* factors, std::size_t images, float* x) {
  kernels::scale_channels(step.outputs, step.window.out_places() * images, factors, factors + step.outputs,
                          step.relu, x);
}

}  // namespace

/// What a block of images needs in dense layers: lists of places, and the outputs of two layers.
struct MemberPlan::Scratch {
  alignas(64) std::array<std::uint32_t, scratch_lists> lists;
  alignas(64) std::array<float, scratch_numbers> numbers;
};

/// Leaves new values as they are in memory. One image touches a sixteenth of what a block needs, and a
/// program that reads one image spends a noticeable part of its time on pages that it never uses.
template <class T>
struct UninitialisedAllocator : AlignedAllocator<T> {
  template <class U>
  void construct(U* p) {
    ::new (static_cast<void*>(p)) U;
  }
};

/// What pictures need.
struct MemberPlan::Pictures {
  using Values = std::vector<float, UninitialisedAllocator<float>>;

  explicit Pictures(const Steps& steps)
      : preprocessor(steps.preprocessing, steps.inputs, image_lanes),
        pixels(image_lanes * steps.inputs),
        values{Values(image_lanes * steps.most_values), Values(image_lanes * steps.most_values)},
        scratch(steps.scratch),
        results(kernels::most_listed_rows * steps.picture_outputs) {}

  Preprocessor preprocessor;
  AlignedVector<float> pixels;  // of a block of images, prepared
  Values values[2];  // what a step reads and what it gives; each writes all that the next one reads
  AlignedVector<float> scratch;  // of the convolution of one image
  AlignedVector<float> results;
};

std::optional<MemberPlan> MemberPlan::make(const Member& member, Target target) {
  auto steps = compile(member.network, member.info.preprocessing);
  if (!steps) return std::nullopt;
  return MemberPlan(std::move(*steps), member.info.loss, target);
}

MemberPlan::MemberPlan(Steps steps, const LossSpec& loss, Target target)
    : steps_(std::move(steps)), loss_(loss), compute_(1, target) {
  if (steps_.take_bytes()) return;
  pictures_ = std::make_unique<Spares<Pictures>>();
  pictures_->lend([this] { return Pictures(steps_); });  // so that the first image finds one
}
MemberPlan::MemberPlan(MemberPlan&&) noexcept = default;
MemberPlan& MemberPlan::operator=(MemberPlan&&) noexcept = default;
MemberPlan::~MemberPlan() = default;

void MemberPlan::predict(std::span<const std::uint8_t> images, std::span<float> probabilities,
                         std::span<std::uint8_t> predictions) const {
  Scratch scratch;  // left as it is: what is read was written before
  std::optional<Spares<Pictures>::Loan> memory;
  if (pictures_) memory.emplace(pictures_->lend([this] { return Pictures(steps_); }));
  const std::size_t block = steps_.block;
  const std::size_t pixels = steps_.inputs;
  const std::size_t count = images.size() / pixels;
  for (std::size_t first = 0; first < count; first += block) {
    const std::size_t rows = std::min(block, count - first);
    const std::uint8_t* const bytes = images.data() + first * pixels;
    const float* const values = memory ? run_pictures(rows, bytes, **memory) : nullptr;
    prefetch(bytes + rows * pixels, std::min(block, count - first - rows) * pixels);
    const Rows outputs = run_dense(rows, bytes, values, scratch);
    give_probabilities(rows, outputs, probabilities.data() + first * steps_.outputs,
                       predictions.empty() ? nullptr : predictions.data() + first);
  }
}

void MemberPlan::give_probabilities(std::size_t rows, const Rows& outputs, float* probabilities,
                                    std::uint8_t* predictions) const {
  const std::size_t classes = steps_.outputs;
  const bool short_softmax = !std::holds_alternative<SquaredError>(loss_) && classes <= most_short;
  for (std::size_t r = 0; r < rows; ++r, probabilities += classes) {
    const float* const values = outputs.values + r * outputs.stride;
    if (predictions) predictions[r] = largest({values, classes});
    if (short_softmax) {
      compute_.kernels().short_softmax(classes, values, probabilities);
      continue;
    }
    std::copy_n(values, classes, probabilities);
    to_probabilities({probabilities, classes}, loss_, compute_);
  }
}

/// images x picture_outputs values, valid until the memory is used again.
const float* MemberPlan::run_pictures(std::size_t images, const std::uint8_t* bytes, Pictures& memory) const {
  float* result = memory.results.data();
  for (std::size_t first = 0; first < images; first += image_lanes) {
    const std::size_t count = std::min(image_lanes, images - first);
    float* const pixels = memory.pixels.data();
    memory.preprocessor.apply({bytes + first * steps_.inputs, count * steps_.inputs}, compute_,
                              {pixels, count, steps_.inputs});
    if (count >= fewest_in_block)
      run_block(count, result, memory);
    else
      for (std::size_t i = 0; i < count; ++i)
        run_one(pixels + i * steps_.inputs, result + i * steps_.picture_outputs, memory);
    result += count * steps_.picture_outputs;
  }
  return memory.results.data();
}

void MemberPlan::run_block(std::size_t images, float* results, Pictures& memory) const {
  const auto& kernels = compute_.kernels();
  float* x = memory.values[0].data();
  float* y = memory.values[1].data();
  kernels.to_lanes(images, steps_.inputs, memory.pixels.data(), steps_.inputs, x);
  std::size_t values = steps_.inputs * image_lanes;
  for (const auto& step : steps_.pictures) {
    if (step.kind == Kind::activation) {
      activate(step, values, x, kernels);
      continue;
    }
    const float* const weights = steps_.weights.data() + step.weights;
    if (step.kind == Kind::norm) {
      scale(step, weights, image_lanes, x);
      continue;
    }
    if (step.kind == Kind::convolution)
      kernels.convolution({.window = step.window,
                           .outputs = step.outputs,
                           .weights = weights,
                           .bias = weights + step.window.taps() * step.outputs,
                           .x = x,
                           .y = y,
                           .relu = step.relu});
    else
      (step.kind == Kind::max_pool ? kernels.max_pool
                                   : kernels.mean_pool)({.window = step.window, .x = x, .y = y});
    values = step.picture_values() * image_lanes;
    std::swap(x, y);
  }
  kernels.from_lanes(images, steps_.picture_outputs, x, results, steps_.picture_outputs);
}

void MemberPlan::run_one(const float* pixels, float* result, Pictures& memory) const {
  const auto& kernels = compute_.kernels();
  float* x = memory.values[0].data();
  float* y = memory.values[1].data();
  std::copy_n(pixels, steps_.inputs, x);
  std::size_t values = steps_.inputs;
  for (auto step = steps_.pictures.begin(); step != steps_.pictures.end(); ++step) {
    if (step->kind == Kind::activation) {
      activate(*step, values, x, kernels);
      continue;
    }
    if (step->kind == Kind::norm) {
      scale(*step, steps_.weights.data() + step->weights, 1, x);
      continue;
    }
    if (step->kind == Kind::convolution) {
      const float* const weights = steps_.weights.data() + step->padded_weights;
      kernels.convolution_one({.window = step->window,
                               .outputs = step->outputs,
                               .weights = weights,
                               .bias = weights + step->window.taps() * kernels::padded_outputs(step->outputs),
                               .x = x,
                               .y = y,
                               .relu = step->relu,
                               .pool = step->pooled,
                               .scratch = memory.scratch.data()});
      if (step->pooled) ++step;
    } else {
      (step->kind == Kind::max_pool ? kernels::max_pool_one : kernels::mean_pool_one)(step->window, x, y);
    }
    values = step->picture_values();
    std::swap(x, y);
  }
  std::copy_n(x, steps_.picture_outputs, result);
}

/// Lists for each pair of rows what is not 0 in one of them: of `values`, or if that is null, of the images.
void MemberPlan::make_lists(std::size_t rows, const Step& step, const std::uint8_t* images,
                            const float* values, std::size_t stride, std::uint32_t* lists) const {
  const auto pair = [&](const auto& list_places, const auto* x, std::size_t r, std::uint32_t* list) {
    x += r * stride;
    return list_places(step.inputs, x, r + 1 < rows ? x + stride : nullptr, list);
  };
  const auto& kernels = compute_.kernels();
  for (std::size_t r = 0; r < rows; r += 2, lists += steps_.list_stride) {
    const std::size_t count =
        values ? pair(kernels.list_nonzero, values, r, lists) : pair(kernels.list_bytes, images, r, lists);
    lists[count] = kernels::list_end;
  }
}

MemberPlan::Rows MemberPlan::run_dense(std::size_t rows, const std::uint8_t* images, const float* values,
                                       Scratch& scratch) const {
  const auto& kernels = compute_.kernels();
  std::uint32_t* const lists = scratch.lists.data();
  float* x = nullptr;
  float* y = scratch.numbers.data();
  float* spare = y + steps_.block * steps_.room[0];
  const float* in = values;  // null: the bytes
  std::size_t in_width = steps_.picture_outputs;
  for (const auto& step : steps_.dense) {
    if (step.kind == Kind::activation) {
      activate(step, rows * in_width, x, kernels);
      continue;
    }
    const bool narrow = step.width <= kernels::narrow_columns;
    const bool listed = in == nullptr || (step.many_zeros && !narrow && rows <= steps_.most_listed);
    const auto gemm = narrow ? kernels.narrow_gemm : kernels.gemm;
    if (listed) make_lists(rows, step, images, in, in_width, lists);
    std::size_t column = 0;
    for (const auto& strip : step.strips) {
      const float* const weights = steps_.weights.data() + strip.weights;
      const float* const bias = weights + step.inputs * strip.columns;
      if (listed)
        kernels.listed_gemm({.rows = rows,
                             .columns = strip.columns,
                             .depth = step.inputs,
                             .lists = lists,
                             .list_stride = steps_.list_stride,
                             .x = in,
                             .x_stride = in_width,
                             .w = weights,
                             .bias = bias,
                             .c = y + column,
                             .c_stride = step.width});
      else
        gemm({.rows = rows,
              .columns = strip.columns,
              .depth = step.inputs,
              .a = in,
              .a_row_stride = in_width,
              .b = weights,
              .b_stride = strip.columns,
              .bias = bias,
              .c = y + column,
              .c_stride = step.width});
      column += strip.columns;
    }
    in = x = y;
    in_width = step.width;
    std::swap(y, spare);
  }
  return {in, in_width};
}

}  // namespace scrawl
