#include "scrawl/layer.h"
#include "scrawl/network.h"
#include "scrawl/random.h"

#include "kernels/convolution.h"
#include "nn/layer_kinds.h"
#include "nn/layers.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <memory>
#include <numeric>

namespace scrawl {
namespace {

using Net = BasicNetwork<double>;

/// A batch in rows or in lanes.
struct Values {
  MatrixView<const double> view;
  bool lanes = false;

  double at(std::size_t sample, std::size_t place) const {
    if (!lanes) return view(sample, place);
    const std::size_t block = sample / kernels::image_lanes * view.columns();
    return view.data()[(block + place) * kernels::image_lanes + sample % kernels::image_lanes];
  }
};

/// For every tap of every window, whether its value is the first of the largest.
void append_choices(const kernels::Window& w, const Values& values, std::size_t sample,
                    std::vector<bool>& sides) {
  for (std::size_t channel = 0; channel < w.channels; ++channel)
    for (std::size_t window = 0; window < w.out_places(); ++window) {
      const std::size_t first = sides.size();
      std::size_t chosen = first;
      double largest = 0;
      for (std::size_t tap = 0; tap < w.kernel_height * w.kernel_width; ++tap) {
        const std::size_t y = w.at(window / w.out_width, tap / w.kernel_width);
        const std::size_t x = w.at(window % w.out_width, tap % w.kernel_width);
        if (y >= w.height || x >= w.width) continue;
        const double value = values.at(sample, (channel * w.height + y) * w.width + x);
        if (sides.size() == first || value > largest) {
          largest = value;
          chosen = sides.size();
        }
        sides.push_back(false);
      }
      sides[chosen] = true;
    }
}

/// Where the layers of a model have no derivative: where the output of one like ReLU passes 0, and where
/// another value becomes the largest below a window of max pooling.
class Kinks {
 public:
  explicit Kinks(const ModelSpec& spec) {
    const auto shapes = infer_shapes(spec);
    for (std::size_t i = 0; i < spec.layers.size(); ++i) {
      if (make_layer<double>(spec.layers[i], i == 0 ? spec.input : shapes[i - 1])->traits().has_kink_at_zero)
        kinked_.push_back(i);
      if (as<MaxPool>(spec.layers[i])) choosing_.push_back(i);
    }
  }

  /// Appends on which side of every kink the last forward pass in `workspace` lay; `inputs` are those of that
  /// pass. As many values for each batch of one size.
  void append_sides(const Net& network, const BasicWorkspace<double>& workspace,
                    MatrixView<const double> inputs, std::vector<bool>& sides) const {
    for (const std::size_t i : kinked_) {
      const Values output{workspace.layer_output(i), network.in_lanes(i)};
      for (std::size_t sample = 0; sample < inputs.rows(); ++sample)
        for (std::size_t place = 0; place < output.view.columns(); ++place)
          sides.push_back(output.at(sample, place) > 0);
    }
    for (const std::size_t i : choosing_) {
      const auto& pool = std::get<MaxPool>(network.spec().layers[i]);
      const Shape& shape = i == 0 ? network.spec().input : network.shapes()[i - 1];
      const auto window = kernels::window_over(shape, pool.size, pool.size, pool.stride, pool.padding);
      const Values input{i == 0 ? inputs : workspace.layer_output(i - 1), i > 0 && network.in_lanes(i - 1)};
      for (std::size_t sample = 0; sample < inputs.rows(); ++sample)
        append_choices(window, input, sample, sides);
    }
  }

 private:
  std::vector<std::size_t> kinked_;  // layers
  std::vector<std::size_t> choosing_;
};

/// Evaluates the mean loss over one fixed batch at parameters that differ from the network's in one place.
/// Each thread has its own.
class Probe {
 public:
  Probe(const Net& network, const BasicLoss<double>& loss, MatrixView<const double> inputs,
        std::span<const std::uint8_t> labels, Mode mode)
      : original_(network),
        network_(network),
        loss_(loss),
        inputs_(inputs),
        labels_(labels),
        mode_(mode),
        compute_(1, Target::scalar),
        workspace_(network_.make_workspace(inputs.rows())),
        kinks_(network.spec()) {}

  double at(std::size_t parameter, double difference) {
    double& value = network_.parameters()[parameter];
    const double before = value;
    value += difference;
    const double loss = evaluate();
    value = before;
    return loss;
  }

  double evaluate() {
    std::copy(original_.state().begin(), original_.state().end(), network_.state().begin());
    const auto outputs = network_.forward(inputs_, workspace_, compute_, mode_);
    return loss_.evaluate(outputs, labels_, workspace_.output_gradient(), compute_);
  }

  /// Which side of every kink the last evaluation lay on: those of the layers, the terms of a hinge.
  void sides(std::vector<bool>& out) {
    out.clear();
    kinks_.append_sides(network_, workspace_, inputs_, out);
    if (!loss_.has_kinks()) return;
    const auto gradient = workspace_.output_gradient();
    for (std::size_t r = 0; r < gradient.rows(); ++r)
      for (const double g : gradient.row(r)) out.push_back(g > 0);
  }

  Net& network() { return network_; }
  BasicWorkspace<double>& workspace() { return workspace_; }
  const BasicCompute<double>& compute() const { return compute_; }

  std::vector<bool> sides_buffer;

 private:
  const Net& original_;
  Net network_;
  const BasicLoss<double>& loss_;
  MatrixView<const double> inputs_;
  std::span<const std::uint8_t> labels_;
  Mode mode_;
  BasicCompute<double> compute_;
  BasicWorkspace<double> workspace_;
  Kinks kinks_;
};

/// The parameters of a tensor that are checked: all, or a random draw without repetition.
std::vector<std::size_t> chosen(const ParameterInfo& info, std::size_t most, std::uint64_t seed) {
  std::vector<std::size_t> places(info.size());
  std::iota(places.begin(), places.end(), info.offset);
  if (most == 0 || most >= places.size()) return places;
  const RandomKey key{
      .seed = seed, .purpose = Purpose::test, .step = 0, .sample = static_cast<std::uint32_t>(info.offset)};
  for (std::size_t i = 0; i < most; ++i)
    std::swap(places[i], places[i + random_below(key, static_cast<std::uint32_t>(i), places.size() - i)]);
  places.resize(most);
  return places;
}

/// One probe for each thread, made before the threads begin: their tasks must not throw.
class Probes {
 public:
  template <class... Arguments>
  explicit Probes(std::size_t threads, const Arguments&... arguments) : pool_(threads) {
    for (std::size_t i = 0; i < pool_.size(); ++i) probes_.push_back(std::make_unique<Probe>(arguments...));
  }

  /// Calls task(probe, i) for every i below `count`, in one range for each thread.
  template <class Task>
  void for_each(std::size_t count, const Task& task) {
    const std::size_t pieces = std::min(count, probes_.size());
    pool_.run(pieces, [&](std::size_t piece) {
      for (std::size_t i = count * piece / pieces; i < count * (piece + 1) / pieces; ++i)
        task(*probes_[piece], i);
    });
  }
  std::vector<std::unique_ptr<Probe>>& all() { return probes_; }

 private:
  ThreadPool pool_;
  std::vector<std::unique_ptr<Probe>> probes_;
};

struct Difference {
  double numerical = 0;
  bool skipped = false;
};

struct Norms {
  double difference = 0;
  double analytic = 0;
  double numerical = 0;

  void add(double a, double n) {
    difference += (a - n) * (a - n);
    analytic += a * a;
    numerical += n * n;
  }
  /// 0 if both gradients are within what rounding makes of a difference.
  double relative(double rounding) const {
    if (std::sqrt(analytic) <= rounding && std::sqrt(numerical) <= rounding) return 0;
    const double scale = std::sqrt(analytic) + std::sqrt(numerical);
    return scale == 0 ? 0 : std::sqrt(difference) / scale;
  }
};

}  // namespace

double GradientCheckResult::worst() const {
  double most = 0;
  for (const auto& row : rows)
    if (!(row.relative_norm <= most))
      most = row.relative_norm;  // NaN stays: a check that cannot be made fails
  return most;
}

bool GradientCheckResult::passed(double limit) const {
  std::size_t checked = 0;
  for (const auto& row : rows) checked += row.checked;
  return checked > 0 && worst() < limit;
}

GradientCheckResult check_gradient(const Net& network, const LossSpec& loss_spec,
                                   MatrixView<const double> inputs, std::span<const std::uint8_t> labels,
                                   const GradientCheckOptions& options) {
  LossSpec spec = loss_spec;
  if (auto* softmax = std::get_if<SoftmaxCrossEntropy>(&spec)) softmax->log_epsilon = 0;
  return check_gradient(network, *make_loss<double>(spec), inputs, labels, options);
}

GradientCheckResult check_gradient(const Net& network, const BasicLoss<double>& loss,
                                   MatrixView<const double> inputs, std::span<const std::uint8_t> labels,
                                   const GradientCheckOptions& options) {
  Probe centre(network, loss, inputs, labels, options.mode);
  const double loss_here = centre.evaluate();
  const double rounding =
      100 * std::numeric_limits<double>::epsilon() * std::max(1.0, std::abs(loss_here)) / options.step;
  std::vector<bool> base_sides;
  centre.sides(base_sides);
  std::vector<double> analytic(network.parameters().size());
  centre.network().backward(centre.workspace(), centre.compute(), analytic);

  Probes probes(options.threads, network, loss, inputs, labels, options.mode);
  for (auto& probe : probes.all()) probe->sides_buffer = base_sides;  // so that it never grows in a thread
  GradientCheckResult result;
  Norms all;
  for (const auto& info : network.parameter_infos()) {
    const auto places = chosen(info, options.most_per_tensor, options.seed);
    std::vector<Difference> differences(places.size());
    probes.for_each(places.size(), [&](Probe& probe, std::size_t i) {
      auto& sides = probe.sides_buffer;
      const double above = probe.at(places[i], options.step);
      probe.sides(sides);
      differences[i].skipped = sides != base_sides;
      const double below = probe.at(places[i], -options.step);
      probe.sides(sides);
      differences[i].skipped = differences[i].skipped || sides != base_sides;
      differences[i].numerical = (above - below) / (2 * options.step);
    });
    GradientCheckRow row{.name = info.name};
    Norms norms;
    for (std::size_t i = 0; i < places.size(); ++i) {
      ++(differences[i].skipped ? row.skipped : row.checked);
      if (differences[i].skipped) continue;
      norms.add(analytic[places[i]], differences[i].numerical);
      all.add(analytic[places[i]], differences[i].numerical);
    }
    row.relative_norm = norms.relative(rounding * std::sqrt(static_cast<double>(row.checked)));
    result.rows.push_back(std::move(row));
  }
  result.relative_norm = all.relative(0);
  return result;
}

std::vector<double> numerical_gradient(const Net& network, const BasicLoss<double>& loss,
                                       MatrixView<const double> inputs, std::span<const std::uint8_t> labels,
                                       double step, std::size_t threads,
                                       const std::function<bool()>& stop_requested) {
  std::vector<double> gradient(network.parameters().size());
  Probes probes(threads, network, loss, inputs, labels, Mode::train);
  std::atomic<bool> given_up = false;
  probes.for_each(gradient.size(), [&](Probe& probe, std::size_t i) {
    if (stop_requested && (given_up.load(std::memory_order_relaxed) || stop_requested())) {
      given_up.store(true, std::memory_order_relaxed);
      return;
    }
    gradient[i] = (probe.at(i, step) - probe.at(i, -step)) / (2 * step);
  });
  if (given_up) gradient.clear();
  return gradient;
}

}  // namespace scrawl
