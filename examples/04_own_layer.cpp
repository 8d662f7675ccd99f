// A layer of one's own: swish, y = x sigmoid(beta x), with a trained beta for every unit (Ramachandran, Zoph
// and Le 2017). Its gradient is compared with central differences, a network is trained with it, saved, and
// loaded again.
//
//     04_own_layer [FILE]     saves the model as FILE, by default swish.safetensors in this folder

#include "scrawl/scrawl.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>
#include <vector>

using namespace scrawl;

namespace {

/// A layer is a pure function with a gradient: the network owns parameters, activations and gradients, and
/// hands them over. T is float for training, and double for the comparison with central differences.
template <class T>
class Swish final : public Layer<T> {
 public:
  explicit Swish(const Shape& input) : shape_(input) {}

  Shape output_shape() const override { return shape_; }

  /// One beta for every unit. Called a bias, so that weight decay does not draw it to 0.
  std::vector<ParameterInfo> parameters() const override {
    return {{.name = "beta", .shape = {shape_.size()}, .offset = 0, .kind = ParameterKind::bias}};
  }

  void initialise(const Initialiser&, const RandomKey&, std::span<T> parameters) const override {
    std::fill(parameters.begin(), parameters.end(), T{1});
  }

  /// A row is a sample. Threads take a part of the units each.
  void forward(const Forward<T>& pass) const override {
    const auto& beta = pass.parameters;
    pass.compute.pool().run_ranges(shape_.size(), grain, [&](std::size_t begin, std::size_t end) {
      for (std::size_t r = 0; r < pass.input.rows(); ++r)
        for (std::size_t i = begin; i < end; ++i) {
          const T x = pass.input(r, i);
          pass.output(r, i) = x * sigmoid(beta[i] * x);
        }
    });
  }

  /// With s = sigmoid(beta x): dy/dx = s + beta x s (1 - s) and dy/dbeta = x^2 s (1 - s), which is summed
  /// over the batch, always in the order of the samples: so the bits do not depend on the number of threads.
  void backward(const Backward<T>& pass) const override {
    const auto& beta = pass.parameters;
    pass.compute.pool().run_ranges(shape_.size(), grain, [&](std::size_t begin, std::size_t end) {
      if (!pass.parameter_gradient.empty())
        std::fill_n(pass.parameter_gradient.begin() + static_cast<std::ptrdiff_t>(begin), end - begin, T{0});
      for (std::size_t r = 0; r < pass.input.rows(); ++r)
        for (std::size_t i = begin; i < end; ++i) {
          const T x = pass.input(r, i);
          const T s = sigmoid(beta[i] * x);
          const T dy = pass.output_gradient(r, i);
          // Either gradient may not be wanted, such as that by the images behind a first layer.
          if (!pass.input_gradient.empty()) pass.input_gradient(r, i) = dy * (s + beta[i] * x * s * (1 - s));
          if (!pass.parameter_gradient.empty()) pass.parameter_gradient[i] += dy * x * x * s * (1 - s);
        }
    });
  }

 private:
  static constexpr std::size_t grain = 16;  // units that a thread takes at least
  static T sigmoid(T x) { return 1 / (1 + std::exp(-x)); }
  Shape shape_;
};

/// Backpropagation against central differences, in double, on a few images.
void check(const Network& network, const DatasetView& images) {
  std::vector<double> pixels(images.images.begin(), images.images.end());
  for (double& pixel : pixels) pixel /= 255;
  const auto result = check_gradient(to_double(network), SoftmaxCrossEntropy{},
                                     {pixels.data(), images.size(), images.shape.size()}, images.labels,
                                     {.most_per_tensor = 100});
  for (const auto& row : result.rows)
    std::printf("  %-9s differs by %.1e of its size\n", row.name.c_str(), row.relative_norm);
  if (!result.passed(1e-6)) throw Error(ErrorCode::invalid_argument, "the gradient of the layer is wrong");
}

}  // namespace

int main(int argc, char** argv) try {
  const char* const file = argc > 1 ? argv[1] : "swish.safetensors";

  // From here on the layer is a word of the model's text.
  const CustomLayer swish = custom_layer<Swish>("swish");
  Recipe recipe;
  recipe.name = "swish";
  recipe.model = parse_model("28x28 > dense 50 > swish > dense 10", {swish});
  recipe.training.batch = 100;
  recipe.training.epochs = 6;
  const auto data = load_training_data(recipe, {.download = true});
  Trainer trainer(recipe, *data);

  std::printf("the gradient by each parameter against central differences:\n");
  check(trainer.network(), data->train.slice(0, 5));

  trainer.train();
  const ParameterInfo beta = trainer.network().parameter_infos()[2];  // behind 0.weight and 0.bias
  const std::vector<float> betas = copy_parameter(trainer.network(), beta);
  const auto [smallest, largest] = std::minmax_element(betas.begin(), betas.end());
  std::printf("training has moved %s from 1 to between %.2f and %.2f\n", beta.name.c_str(), *smallest,
              *largest);

  save_model(
      file, trainer.network(),
      {.preprocessing = trainer.preprocessing(), .loss = recipe.loss, .classes = numbered_classes(10)});
  // A model file holds the layer's name and numbers; the program that loads it brings what the layer does.
  const Model loaded = load_model(file, {swish});
  if (weights_sha256(loaded.only().network) != weights_sha256(trainer.network()))
    throw Error(ErrorCode::bad_data, "does not hold the weights that were saved", file);
  std::printf("saved as %s and loaded again: the same weights\n", file);

  Evaluator evaluator(loaded.only().network, loaded.only().info.preprocessing, /*batch=*/100, /*threads=*/1);
  std::printf("test accuracy %.2f %%\n", 100 * evaluator.accuracy(loaded.only().network, data->test));
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "04_own_layer: %s\n", error.what());
  return 1;
}
