#include "scrawl/loss.h"

#include "kernels/elementary.h"
#include "kernels/kernels.h"

#include <algorithm>
#include <array>
#include <cassert>

namespace scrawl {
namespace {

constexpr std::size_t rows_at_once = 256;  // whose losses are kept until they are added in order
constexpr std::size_t loss_grain = 32;

template <class T>
class SoftmaxCrossEntropyLoss final : public BasicLoss<T> {
 public:
  explicit SoftmaxCrossEntropyLoss(const SoftmaxCrossEntropy& spec)
      : log_epsilon_(spec.log_epsilon), smoothing_(spec.label_smoothing) {}

  T evaluate(MatrixView<const T> outputs, std::span<const std::uint8_t> labels, MatrixView<T> gradient,
             const BasicCompute<T>& compute) const override {
    const auto rows = static_cast<T>(outputs.rows());
    const auto of_row = [&](std::size_t r) {
      assert(labels[r] < outputs.columns());
      const T loss = compute.kernels().softmax_cross_entropy(
          outputs.columns(), outputs.row(r).data(), labels[r], rows, log_epsilon_, gradient.row(r).data());
      return smoothing_ == 0 ? loss : loss + smooth(outputs.row(r), labels[r], rows, gradient.row(r));
    };
    if (outputs.rows() == 1) return of_row(0);
    T total = 0;
    std::array<T, rows_at_once> losses;
    for (std::size_t first = 0; first < outputs.rows(); first += rows_at_once) {
      const std::size_t count = std::min(rows_at_once, outputs.rows() - first);
      compute.pool().run_ranges(count, loss_grain, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) losses[i] = of_row(first + i);
      });
      for (std::size_t i = 0; i < count; ++i) total += losses[i];
    }
    return total / rows;
  }

 private:
  /// From a one-hot target to a smooth one: changes the gradient, and returns by how much the value differs.
  T smooth(std::span<const T> outputs, std::size_t label, T rows, std::span<T> gradient) const {
    const T share = smoothing_ / static_cast<T>(outputs.size());
    T difference = 0;
    for (std::size_t j = 0; j < outputs.size(); ++j) {
      difference += share * (outputs[label] - outputs[j]);
      gradient[j] -= share / rows;
    }
    gradient[label] += smoothing_ / rows;
    return difference;
  }

  T log_epsilon_;
  T smoothing_;
};

template <class T>
class SquaredErrorLoss final : public BasicLoss<T> {
 public:
  explicit SquaredErrorLoss(const SquaredError& spec) : low_(spec.low), high_(spec.high) {}

  T evaluate(MatrixView<const T> outputs, std::span<const std::uint8_t> labels, MatrixView<T> gradient,
             const BasicCompute<T>&) const override {
    const auto rows = static_cast<T>(outputs.rows());
    T total = 0;
    for (std::size_t r = 0; r < outputs.rows(); ++r) {
      const auto output = outputs.row(r);
      const auto row = gradient.row(r);
      T sum = 0;
      for (std::size_t j = 0; j < row.size(); ++j) {
        const T difference = output[j] - (j == labels[r] ? high_ : low_);
        sum += difference * difference;
        row[j] = difference / rows;
      }
      total += sum / 2;
    }
    return total / rows;
  }

 private:
  T low_;
  T high_;
};

template <class T>
class MulticlassHingeLoss final : public BasicLoss<T> {
 public:
  explicit MulticlassHingeLoss(const MulticlassHinge& spec) : margin_(spec.margin) {}

  T evaluate(MatrixView<const T> outputs, std::span<const std::uint8_t> labels, MatrixView<T> gradient,
             const BasicCompute<T>&) const override {
    const auto rows = static_cast<T>(outputs.rows());
    T total = 0;
    for (std::size_t r = 0; r < outputs.rows(); ++r) {
      const auto score = outputs.row(r);
      const auto row = gradient.row(r);
      const std::size_t label = labels[r];
      std::size_t violations = 0;
      for (std::size_t j = 0; j < row.size(); ++j) {
        const T excess = score[j] - score[label] + margin_;
        // Written so that NaN scores count: a run that has diverged must not look like a perfect one.
        const bool violated = j != label && !(excess <= 0);
        if (violated) total += excess;
        violations += violated ? 1 : 0;
        row[j] = violated ? 1 / rows : T{0};
      }
      row[label] = -static_cast<T>(violations) / rows;
    }
    return total / rows;
  }

  bool has_kinks() const override { return true; }

 private:
  T margin_;
};

template <class T>
struct LossMaker {
  std::unique_ptr<BasicLoss<T>> operator()(const SoftmaxCrossEntropy& spec) const {
    return std::make_unique<SoftmaxCrossEntropyLoss<T>>(spec);
  }
  std::unique_ptr<BasicLoss<T>> operator()(const SquaredError& spec) const {
    return std::make_unique<SquaredErrorLoss<T>>(spec);
  }
  std::unique_ptr<BasicLoss<T>> operator()(const MulticlassHinge& spec) const {
    return std::make_unique<MulticlassHingeLoss<T>>(spec);
  }
};

struct Name {
  std::string_view operator()(const SoftmaxCrossEntropy&) const { return "softmax-cross-entropy"; }
  std::string_view operator()(const SquaredError&) const { return "squared-error"; }
  std::string_view operator()(const MulticlassHinge&) const { return "multiclass-hinge"; }
};

}  // namespace

std::string_view loss_name(const LossSpec& spec) { return std::visit(Name(), spec); }

template <class T>
std::unique_ptr<BasicLoss<T>> make_loss(const LossSpec& spec) {
  return std::visit(LossMaker<T>(), spec);
}

void softmax(std::span<float> logits, const Compute& compute) {
  const std::size_t n = logits.size();
  compute.kernels().softmax_cross_entropy(n, logits.data(), n, 1, 0, logits.data());
}

template std::unique_ptr<BasicLoss<float>> make_loss(const LossSpec&);
template std::unique_ptr<BasicLoss<double>> make_loss(const LossSpec&);

}  // namespace scrawl
