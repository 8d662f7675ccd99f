// A loss of one's own: cross-entropy with label smoothing (Szegedy et al. 2016). Its gradient is compared
// with central differences first, and then a network is trained with it.

#include "scrawl/scrawl.h"

#include <cstdint>
#include <cstdio>
#include <exception>
#include <memory>
#include <vector>

using namespace scrawl;

namespace {

/// Wants probability 1 - e + e / K for the label and e / K for each of the other of K classes, so that the
/// network is never pressed to be all too sure. With the outputs z that is
///
///     cross-entropy of the label + e (z[label] - mean z)
///
/// so the library's own loss does the first part, and only the second is written here.
template <class T>
class SmoothedCrossEntropy final : public BasicLoss<T> {
 public:
  explicit SmoothedCrossEntropy(double smoothing) : smoothing_(static_cast<T>(smoothing)) {}

  T evaluate(MatrixView<const T> outputs, std::span<const std::uint8_t> labels, MatrixView<T> gradient,
             const BasicCompute<T>& compute) const override {
    const T loss = plain_->evaluate(outputs, labels, gradient, compute);
    const auto rows = static_cast<T>(outputs.rows());
    const auto classes = static_cast<T>(outputs.columns());
    T extra = 0;
    for (std::size_t r = 0; r < outputs.rows(); ++r) {  // one image of the batch after the other
      T mean = 0;
      for (const T z : outputs.row(r)) mean += z / classes;
      extra += smoothing_ * (outputs(r, labels[r]) - mean);
      // The gradient of the batch's mean: that of each row, divided by the number of rows.
      for (T& g : gradient.row(r)) g -= smoothing_ / classes / rows;
      gradient(r, labels[r]) += smoothing_ / rows;
    }
    return loss + extra / rows;
  }

 private:
  std::unique_ptr<BasicLoss<T>> plain_ = make_loss<T>(SoftmaxCrossEntropy{});
  T smoothing_;
};

/// Backpropagation with this loss against central differences, in double, on a few images.
void check(const DatasetView& images) {
  Network network(parse_model("28x28 > dense 20 > tanh > dense 10"));
  network.initialise({}, /*seed=*/1);
  std::vector<double> pixels(images.images.begin(), images.images.end());
  for (double& pixel : pixels) pixel /= 255;
  const auto result = check_gradient(to_double(network), SmoothedCrossEntropy<double>(0.1),
                                     {pixels.data(), images.size(), images.shape.size()}, images.labels,
                                     {.most_per_tensor = 100});
  std::printf("gradient against central differences: they differ by %.1e of their size\n", result.worst());
  if (!result.passed(1e-6)) throw Error(ErrorCode::invalid_argument, "the gradient of the loss is wrong");
}

}  // namespace

int main() try {
  Recipe recipe;
  recipe.name = "label-smoothing";
  recipe.model = parse_model("28x28 > dense 50 > relu > dense 10");
  recipe.training.batch = 100;
  recipe.training.epochs = 8;
  const auto data = load_training_data(recipe, {.download = true});

  check(data->train.slice(0, 5));

  // The trainer does the rest as always. The recipe's own loss, softmax cross-entropy, still says how outputs
  // become probabilities.
  Trainer trainer(recipe, *data);
  trainer.use_loss(std::make_unique<SmoothedCrossEntropy<float>>(0.1));
  trainer.train();
  const TrainReport report = trainer.report();
  std::printf("trained with label smoothing: loss %.4f\n", report.final_loss);
  std::printf("test accuracy %.2f %%\n", 100 * report.test_accuracy);
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "03_own_loss: %s\n", error.what());
  return 1;
}
