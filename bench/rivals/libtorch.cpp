// The classic systems in LibTorch, PyTorch's C++ interface, with its layers, losses and optimizer. Only
// sigmoid-mse, whose update is not the gradient of its loss, is written by hand.
#include "common.h"

#include <memory>

#include <torch/torch.h>

namespace {

using rivals::kClasses;
using rivals::kPixels;
using rivals::Options;
using rivals::Result;
using torch::Tensor;
using torch::nn::Linear;
namespace F = torch::nn::functional;

struct Part {
  Tensor images;  // (n, 784)
  Tensor labels;  // (n) of int64
  explicit Part(const rivals::Part& part)
      : images(torch::tensor(at::ArrayRef<float>(part.images)).view({-1, kPixels})),
        labels(torch::tensor(at::ArrayRef<std::uint8_t>(part.labels)).to(torch::kInt64)) {}
};

struct Mnist {
  Part train;
  Part test;
  Mnist(const Options& options, float scale, float offset = 0)
      : Mnist(rivals::read_mnist(options.data, scale, offset)) {
    torch::manual_seed(options.seed);
  }

 private:
  explicit Mnist(const rivals::Mnist& mnist) : train(mnist.train), test(mnist.test) {}
};

struct Batch {
  Tensor images;
  Tensor labels;
  Batch(const Part& part, int size, int population) {
    const Tensor indices = torch::randint(population, {size}, torch::kInt64);
    images = part.images.index_select(0, indices);
    labels = part.labels.index_select(0, indices);
  }
};

struct Parameters {
  std::vector<Tensor> weights;
  std::vector<Tensor> biases;
};

Parameters parameters_of(const torch::nn::Sequential& net) {
  Parameters result;
  for (const Tensor& parameter : net->parameters()) {
    (parameter.dim() == 2 ? result.weights : result.biases).push_back(parameter);
  }
  return result;
}

// Normal weights, no biases.
void initialise(const torch::nn::Sequential& net, double deviation) {
  const auto [weights, biases] = parameters_of(net);
  for (const Tensor& weight : weights) torch::nn::init::normal_(weight, 0, deviation);
  for (const Tensor& bias : biases) torch::nn::init::zeros_(bias);
}

torch::optim::SGD sgd(const torch::nn::Sequential& net, double rate, double l2 = 0) {
  const auto [weights, biases] = parameters_of(net);
  const auto options = [=](double decay) {
    return std::make_unique<torch::optim::SGDOptions>(torch::optim::SGDOptions(rate).weight_decay(decay));
  };
  const std::vector<torch::optim::OptimizerParamGroup> groups = {{weights, options(l2)},
                                                                 {biases, options(0)}};
  return torch::optim::SGD(groups, torch::optim::SGDOptions(rate));
}

float penalty(const torch::nn::Sequential& net, double l2) {
  const torch::InferenceMode guard;
  double sum = 0;
  for (const Tensor& weight : parameters_of(net).weights) sum += weight.square().sum().item<double>();
  return static_cast<float>(l2 / 2 * sum);
}

template <class Forward>
double accuracy(const Part& part, Forward&& forward, int first = 0) {
  constexpr int kChunk = 1000;  // keeps the hidden layers in the cache
  const torch::InferenceMode guard;
  std::int64_t correct = 0;
  for (auto begin = std::int64_t{first}; begin < part.labels.size(0); begin += kChunk) {
    const Tensor scores = forward(part.images.narrow(0, begin, kChunk));
    correct += (scores.argmax(1) == part.labels.narrow(0, begin, kChunk)).sum().template item<std::int64_t>();
  }
  return static_cast<double>(correct) / static_cast<double>(part.labels.size(0) - first);
}

double accuracy(const Part& part, torch::nn::Sequential& net, int first = 0) {
  return accuracy(
      part, [&](const Tensor& images) { return net->forward(images); }, first);
}

void step(torch::nn::Sequential& net, torch::optim::SGD& optimizer, const Tensor& loss) {
  net->zero_grad(/*set_to_none=*/true);
  loss.backward();
  optimizer.step();
}

Result online_relu(const Options& options) {
  constexpr double kL2 = 0.01;
  const Mnist mnist(options, 1.0F / 255);
  torch::nn::Sequential net(Linear(kPixels, 20), torch::nn::ReLU(), Linear(20, kClasses));
  initialise(net, 1);
  auto optimizer = sgd(net, 0.001, kL2);
  const auto images = mnist.train.images.split(1);
  const auto labels = mnist.train.labels.split(1);

  Result result;
  result.stepping.start();
  for (int epoch = 0; epoch < 5; ++epoch) {
    for (std::size_t i = 0; i < images.size(); ++i) {
      const Tensor loss = F::cross_entropy(net->forward(images[i]), labels[i]);
      if (i % 100 == 0) result.losses.push_back(loss.item<float>() + penalty(net, kL2));
      step(net, optimizer, loss);
      ++result.steps;
    }
  }
  result.stepping.stop();
  result.test_accuracy = accuracy(mnist.test, net);
  return result;
}

Result linear_hinge(const Options& options) {
  constexpr double kL2 = 2e-4;
  const Mnist mnist(options, 1.0F / 255);
  torch::nn::Sequential net{Linear(kPixels, kClasses)};
  initialise(net, 1e-4);
  auto optimizer = sgd(net, 0.05, kL2);

  Result result;
  result.stepping.start();
  for (; result.steps < 3000; ++result.steps) {
    const Batch batch(mnist.train, 100, 60'000);
    // PyTorch divides the sum over the classes by their number.
    const Tensor loss = F::multi_margin_loss(net->forward(batch.images), batch.labels) * kClasses;
    if (result.steps % 10 == 0) result.losses.push_back(loss.item<float>() + penalty(net, kL2));
    step(net, optimizer, loss);
  }
  result.stepping.stop();
  result.test_accuracy = accuracy(mnist.test, net);
  return result;
}

Result sigmoid_mse(const Options& options) {
  constexpr int kHidden = 100;
  constexpr double kRate = 0.1;
  const Mnist mnist(options, 0.99F / 255, 0.01F);
  const torch::InferenceMode guard;
  const Tensor weights1 = torch::randn({kHidden, kPixels}) / std::sqrt(kHidden);
  const Tensor weights2 = torch::randn({kClasses, kHidden}) / std::sqrt(kClasses);
  const Tensor weights2_transposed = weights2.t();
  const auto images = mnist.train.images.unbind();
  const Tensor wanted = torch::full({kClasses, kClasses}, 0.01F) + 0.98F * torch::eye(kClasses);
  const auto targets = wanted.index_select(0, mnist.train.labels).unbind();

  Result result;
  for (int epoch = 0; epoch < 5; ++epoch) {
    result.stepping.start();
    for (std::size_t i = 0; i < images.size(); ++i) {
      const Tensor hidden = torch::mv(weights1, images[i]).sigmoid_();
      const Tensor output = torch::mv(weights2, hidden).sigmoid_();
      const Tensor error = targets[i] - output;
      if (i % 100 == 0) result.losses.push_back(torch::dot(error, error).item<float>() / 2);
      // The author hands back the bare error, without the derivative of the output's sigmoid.
      const Tensor hidden_error = torch::mv(weights2_transposed, error);
      weights2.addr_(torch::sigmoid_backward(error, output), hidden, 1, kRate);
      weights1.addr_(torch::sigmoid_backward(hidden_error, hidden), images[i], 1, kRate);
      ++result.steps;
    }
    result.stepping.stop();
    result.evaluating.start();
    result.accuracies.push_back(accuracy(mnist.test, [&](const Tensor& input) {
      return input.matmul(weights1.t()).sigmoid_().matmul(weights2_transposed);
    }));
    result.evaluating.stop();
  }
  result.test_accuracy = result.accuracies.back();
  return result;
}

Result two_layer(const Options& options) {
  const Mnist mnist(options, 1.0F / 255);
  torch::nn::Sequential net(Linear(kPixels, 50), torch::nn::Sigmoid(), Linear(50, kClasses));
  initialise(net, 0.01);
  auto optimizer = sgd(net, 0.1);

  Result result;
  for (; result.steps < 10'000; ++result.steps) {
    result.stepping.start();
    const Batch batch(mnist.train, 100, 60'000);
    step(net, optimizer, F::cross_entropy(net->forward(batch.images), batch.labels));
    {
      const torch::InferenceMode guard;
      result.losses.push_back(F::cross_entropy(net->forward(batch.images), batch.labels).item<float>());
    }
    result.stepping.stop();
    if (result.steps % 600 == 0) {
      result.evaluating.start();
      result.accuracies.push_back(accuracy(mnist.train, net));
      result.accuracies.push_back(accuracy(mnist.test, net));
      result.evaluating.stop();
    }
  }
  result.test_accuracy = accuracy(mnist.test, net);
  return result;
}

Result three_layer(const Options& options) {
  constexpr int kBatch = 32;
  constexpr int kTrain = 50'000;
  const Mnist mnist(options, 1.0F / 256);
  torch::nn::Sequential net(Linear(kPixels, 256), torch::nn::ReLU(), Linear(256, 256), torch::nn::ReLU(),
                            Linear(256, kClasses));
  initialise(net, 1e-3);
  auto optimizer = sgd(net, 0.1);

  Result result;
  for (int epoch = 0; epoch < 5; ++epoch) {
    for (int i = 0; i < kTrain / kBatch; ++i, ++result.steps) {
      result.stepping.start();
      const Batch batch(mnist.train, kBatch, kTrain);
      const Tensor loss = F::cross_entropy(net->forward(batch.images), batch.labels);
      if (i % 10 == 0) result.losses.push_back(loss.item<float>());
      step(net, optimizer, loss);
      result.stepping.stop();
      if (i % 200 == 0) {
        result.evaluating.start();
        {
          const torch::InferenceMode guard;
          const Tensor right = net->forward(batch.images).argmax(1) == batch.labels;
          result.accuracies.push_back(right.to(torch::kFloat).mean().item<double>());
        }
        result.accuracies.push_back(accuracy(mnist.train, net, kTrain));
        result.evaluating.stop();
      }
    }
  }
  result.test_accuracy = accuracy(mnist.test, net);
  return result;
}

}  // namespace

int main(int argc, char** argv) {
  return rivals::run("libtorch", argc, argv,
                     {{{"online-relu", online_relu},
                       {"linear-hinge", linear_hinge},
                       {"sigmoid-mse", sigmoid_mse},
                       {"two-layer", two_layer},
                       {"three-layer", three_layer}}},
                     [](int threads) { at::set_num_threads(threads); });
}
