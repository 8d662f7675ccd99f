#include "scrawl/loss.h"

#include "kernels/elementary.h"
#include "kernels/kernels.h"

#include <algorithm>
#include <cassert>

namespace scrawl {
namespace {

template <class T>
T largest(std::span<const T> row) {
  T most = row[0];
  for (const T value : row) most = value > most ? value : most;
  return most;
}

/// row[i] = e^(row[i] - max row), and returns their sum in index order.
template <class T>
T exponentials(std::span<const T> logits, std::span<T> row, const BasicCompute<T>& compute) {
  const T most = largest(logits);
  for (std::size_t i = 0; i < row.size(); ++i) row[i] = logits[i] - most;
  compute.kernels().exp(row.size(), row.data(), row.data());
  T sum = 0;
  for (const T value : row) sum += value;
  return sum;
}

template <class T>
class SoftmaxCrossEntropyLoss final : public BasicLoss<T> {
 public:
  explicit SoftmaxCrossEntropyLoss(const SoftmaxCrossEntropy& spec) : log_epsilon_(spec.log_epsilon) {}

  T evaluate(MatrixView<const T> outputs, std::span<const std::uint8_t> labels, MatrixView<T> gradient,
             const BasicCompute<T>& compute) const override {
    const auto rows = static_cast<T>(outputs.rows());
    T total = 0;
    for (std::size_t r = 0; r < outputs.rows(); ++r) {
      const auto row = gradient.row(r);
      const std::size_t label = labels[r];
      assert(label < row.size());
      const T sum = exponentials<T>(outputs.row(r), row, compute);
      if (log_epsilon_ > 0)
        total -= kernels::log(row[label] / sum + log_epsilon_);
      else  // -log softmax = log of the sum - (logit - largest logit), which cannot overflow
        total += kernels::log(sum) - (outputs(r, label) - largest<T>(outputs.row(r)));
      for (auto& value : row) value = value / sum / rows;
      row[label] -= 1 / rows;
    }
    return total / rows;
  }

 private:
  T log_epsilon_;
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
struct Maker {
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
  return std::visit(Maker<T>(), spec);
}

template <class T>
T squared_error(std::span<const T> output, std::span<const T> target, std::span<T> gradient) {
  assert(output.size() == target.size() && output.size() == gradient.size());
  T sum = 0;
  for (std::size_t j = 0; j < output.size(); ++j) {
    gradient[j] = output[j] - target[j];
    sum += gradient[j] * gradient[j];
  }
  return sum / 2;
}

void softmax(std::span<float> logits, const Compute& compute) {
  const float sum = exponentials<float>(logits, logits, compute);
  for (auto& value : logits) value /= sum;
}

template std::unique_ptr<BasicLoss<float>> make_loss(const LossSpec&);
template std::unique_ptr<BasicLoss<double>> make_loss(const LossSpec&);
template float squared_error(std::span<const float>, std::span<const float>, std::span<float>);
template double squared_error(std::span<const double>, std::span<const double>, std::span<double>);

}  // namespace scrawl
