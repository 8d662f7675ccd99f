#include "scrawl/layer.h"
#include "scrawl/random.h"

#include "nn/kinks.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <memory>
#include <numeric>

namespace scrawl {
namespace {

using Net = BasicNetwork<double>;

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
