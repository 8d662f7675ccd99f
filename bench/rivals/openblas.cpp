// The classic systems in C++ loops around OpenBLAS. Images are rows, as they lie in the file.
#include "common.h"

#include <cblas.h>

namespace {

using rivals::kClasses;
using rivals::kPixels;
using rivals::Options;
using rivals::Random;
using rivals::Result;

using Floats = std::vector<float>;

Floats normal_weights(int inputs, int outputs, float deviation, Random& random) {
  Floats weights(static_cast<std::size_t>(inputs) * static_cast<std::size_t>(outputs));
  random.fill_normal(weights.data(), weights.size(), deviation);
  return weights;
}

float sum_of_squares(const Floats& values) {
  float sum = 0;
  for (const float value : values) sum += value * value;
  return sum;
}

void relu(Floats& values) {
  for (float& value : values) value = std::max(value, 0.0F);
}

void sigmoid(Floats& values) {
  for (float& value : values) value = 1 / (1 + std::exp(-value));
}

// Both take the layer's output, not its input.
void relu_gradient(const Floats& output, Floats& gradient) {
  for (std::size_t i = 0; i < gradient.size(); ++i) gradient[i] = output[i] > 0 ? gradient[i] : 0;
}

void sigmoid_gradient(const Floats& output, Floats& gradient) {
  for (std::size_t i = 0; i < gradient.size(); ++i) gradient[i] *= output[i] * (1 - output[i]);
}

// Weights are (outputs, inputs): the products with a vector then run along long rows, and sgemm is at its
// fastest too.
struct Dense {
  int inputs;
  int outputs;
  Floats weights;
  Floats bias;

  Dense(int in, int out, float deviation, Random& random)
      : inputs(in),
        outputs(out),
        weights(normal_weights(in, out, deviation, random)),
        bias(std::size_t(out)) {}

  void forward(const float* input, int rows, Floats& output) const {
    output.resize(static_cast<std::size_t>(rows * outputs));
    for (int row = 0; row < rows; ++row) std::copy(bias.begin(), bias.end(), output.begin() + row * outputs);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, rows, outputs, inputs, 1, input, inputs,
                weights.data(), inputs, 1, output.data(), outputs);
  }
  void backward(const Floats& output_gradient, int rows, Floats& input_gradient) const {
    input_gradient.resize(static_cast<std::size_t>(rows * inputs));
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, rows, inputs, outputs, 1, output_gradient.data(),
                outputs, weights.data(), inputs, 0, input_gradient.data(), inputs);
  }
  // `decay` is the factor that the penalty leaves of the weights.
  void update(const Floats& input, const Floats& output_gradient, int rows, float rate, float decay = 1) {
    rate /= static_cast<float>(rows);
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, outputs, inputs, rows, -rate, output_gradient.data(),
                outputs, input.data(), inputs, decay, weights.data(), inputs);
    for (int row = 0; row < rows; ++row) {
      const float* gradient = output_gradient.data() + row * outputs;
      for (int i = 0; i < outputs; ++i) bias[static_cast<std::size_t>(i)] -= rate * gradient[i];
    }
  }

  // The same for one image; a net without biases leaves them at zero.
  void forward(const float* input, Floats& output) const {
    output = bias;
    cblas_sgemv(CblasRowMajor, CblasNoTrans, outputs, inputs, 1, weights.data(), inputs, input, 1, 1,
                output.data(), 1);
  }
  void backward(const Floats& output_gradient, Floats& input_gradient) const {
    cblas_sgemv(CblasRowMajor, CblasTrans, outputs, inputs, 1, weights.data(), inputs, output_gradient.data(),
                1, 0, input_gradient.data(), 1);
  }
  void update_weights(const float* input, const Floats& output_gradient, float rate) {
    cblas_sger(CblasRowMajor, outputs, inputs, -rate, output_gradient.data(), 1, input, 1, weights.data(),
               inputs);
  }
  void update_bias(const Floats& output_gradient, float rate) {
    for (std::size_t i = 0; i < bias.size(); ++i) bias[i] -= rate * output_gradient[i];
  }
  void decay(float factor) {
    for (float& weight : weights) weight *= factor;
  }
};

// The accuracy of a network that takes one image a call.
template <class Forward>
double online_accuracy(const rivals::Part& part, Forward&& forward) {
  Floats scores(part.labels.size() * kClasses);
  return rivals::accuracy(part, 0, [&](int begin, int size) {
    for (int i = 0; i < size; ++i) {
      std::copy_n(forward(part.images.data() + static_cast<std::size_t>(begin + i) * kPixels), kClasses,
                  scores.data() + i * kClasses);
    }
    return scores.data();
  });
}

// The accuracy on the images from `first` on.
template <class Forward>
double accuracy(const rivals::Part& part, Forward&& forward, int first = 0) {
  return rivals::accuracy(part, first, [&](int begin, int size) {
    return forward(part.images.data() + static_cast<std::size_t>(begin) * kPixels, size);
  });
}

Result online_relu(const Options& options) {
  constexpr int kHidden = 20;
  constexpr float kRate = 0.001F;
  constexpr float kL2 = 0.01F;
  const auto mnist = rivals::read_mnist(options.data, 1.0F / 255);
  Random random(options.seed);
  Dense layer1(kPixels, kHidden, 1, random);
  Dense layer2(kHidden, kClasses, 1, random);
  Floats hidden(kHidden);
  Floats hidden_gradient(kHidden);
  Floats scores(kClasses);
  const auto forward = [&](const float* image) {
    layer1.forward(image, hidden);
    relu(hidden);
    layer2.forward(hidden.data(), scores);
    return scores.data();
  };

  Result result;
  result.stepping.start();
  for (int epoch = 0; epoch < 5; ++epoch) {
    for (std::size_t i = 0; i < mnist.train.labels.size(); ++i) {
      const float* image = mnist.train.images.data() + i * kPixels;
      float loss = rivals::softmax_gradient(forward(image), mnist.train.labels[i]);
      if (i % 100 == 0) {
        loss += kL2 / 2 * (sum_of_squares(layer1.weights) + sum_of_squares(layer2.weights));
        result.losses.push_back(loss);
      }
      layer2.backward(scores, hidden_gradient);
      relu_gradient(hidden, hidden_gradient);
      layer2.decay(1 - kRate * kL2);
      layer2.update_weights(hidden.data(), scores, kRate);
      layer2.update_bias(scores, kRate);
      layer1.decay(1 - kRate * kL2);
      layer1.update_weights(image, hidden_gradient, kRate);
      layer1.update_bias(hidden_gradient, kRate);
      ++result.steps;
    }
  }
  result.stepping.stop();
  result.test_accuracy = online_accuracy(mnist.test, forward);
  return result;
}

Result linear_hinge(const Options& options) {
  constexpr int kBatch = 100;
  constexpr float kRate = 0.05F;
  constexpr float kL2 = 2e-4F;
  const auto mnist = rivals::read_mnist(options.data, 1.0F / 255);
  Random random(options.seed);
  Dense layer(kPixels, kClasses, 1e-4F, random);
  rivals::Batch batch(kBatch);
  Floats scores;
  const auto forward = [&](const float* images, int rows) {
    layer.forward(images, rows, scores);
    return scores.data();
  };

  Result result;
  result.stepping.start();
  for (; result.steps < 3000; ++result.steps) {
    batch.draw(mnist.train, mnist.train.count(), random);
    const float loss = rivals::hinge_gradient(forward(batch.images.data(), kBatch), batch);
    if (result.steps % 10 == 0) result.losses.push_back(loss + kL2 / 2 * sum_of_squares(layer.weights));
    layer.update(batch.images, scores, kBatch, kRate, 1 - kRate * kL2);
  }
  result.stepping.stop();
  result.test_accuracy = accuracy(mnist.test, forward);
  return result;
}

Result sigmoid_mse(const Options& options) {
  constexpr int kHidden = 100;
  constexpr float kRate = 0.1F;
  const auto mnist = rivals::read_mnist(options.data, 0.99F / 255, 0.01F);
  Random random(options.seed);
  Dense layer1(kPixels, kHidden, 1 / std::sqrt(float{kHidden}), random);
  Dense layer2(kHidden, kClasses, 1 / std::sqrt(float{kClasses}), random);
  Floats hidden(kHidden);
  Floats hidden_error(kHidden);
  Floats output(kClasses);
  Floats error(kClasses);
  const auto forward = [&](const float* image) {
    layer1.forward(image, hidden);
    sigmoid(hidden);
    layer2.forward(hidden.data(), output);
    sigmoid(output);
  };
  Floats hiddens, scores;
  const auto forward_many = [&](const float* images, int rows) {
    layer1.forward(images, rows, hiddens);
    sigmoid(hiddens);
    layer2.forward(hiddens.data(), rows, scores);
    return scores.data();
  };

  Result result;
  for (int epoch = 0; epoch < 5; ++epoch) {
    result.stepping.start();
    for (std::size_t i = 0; i < mnist.train.labels.size(); ++i) {
      const float* image = mnist.train.images.data() + i * kPixels;
      forward(image);
      for (std::size_t c = 0; c < kClasses; ++c) error[c] = output[c] - 0.01F;
      error[mnist.train.labels[i]] -= 0.98F;
      if (i % 100 == 0) result.losses.push_back(sum_of_squares(error) / 2);
      // The author hands back the bare error, without the derivative of the output's sigmoid.
      layer2.backward(error, hidden_error);
      sigmoid_gradient(output, error);
      sigmoid_gradient(hidden, hidden_error);
      layer2.update_weights(hidden.data(), error, kRate);
      layer1.update_weights(image, hidden_error, kRate);
      ++result.steps;
    }
    result.stepping.stop();
    result.evaluating.start();
    result.accuracies.push_back(accuracy(mnist.test, forward_many));
    result.evaluating.stop();
  }
  result.test_accuracy = result.accuracies.back();
  return result;
}

Result two_layer(const Options& options) {
  constexpr int kBatch = 100;
  constexpr float kRate = 0.1F;
  const auto mnist = rivals::read_mnist(options.data, 1.0F / 255);
  Random random(options.seed);
  Dense layer1(kPixels, 50, 0.01F, random);
  Dense layer2(50, kClasses, 0.01F, random);
  rivals::Batch batch(kBatch);
  Floats hidden, scores, hidden_gradient;
  const auto forward = [&](const float* images, int rows) {
    layer1.forward(images, rows, hidden);
    sigmoid(hidden);
    layer2.forward(hidden.data(), rows, scores);
    return scores.data();
  };

  Result result;
  for (; result.steps < 10'000; ++result.steps) {
    result.stepping.start();
    batch.draw(mnist.train, mnist.train.count(), random);
    rivals::softmax_gradient(forward(batch.images.data(), kBatch), batch);
    layer2.backward(scores, kBatch, hidden_gradient);
    sigmoid_gradient(hidden, hidden_gradient);
    layer2.update(hidden, scores, kBatch, kRate);
    layer1.update(batch.images, hidden_gradient, kBatch, kRate);
    result.losses.push_back(rivals::softmax_gradient(forward(batch.images.data(), kBatch), batch));
    result.stepping.stop();
    if (result.steps % 600 == 0) {
      result.evaluating.start();
      result.accuracies.push_back(accuracy(mnist.train, forward));
      result.accuracies.push_back(accuracy(mnist.test, forward));
      result.evaluating.stop();
    }
  }
  result.test_accuracy = accuracy(mnist.test, forward);
  return result;
}

Result three_layer(const Options& options) {
  constexpr int kBatch = 32;
  constexpr int kTrain = 50'000;
  constexpr float kRate = 0.1F;
  const auto mnist = rivals::read_mnist(options.data, 1.0F / 256);
  Random random(options.seed);
  Dense layer1(kPixels, 256, 1e-3F, random);
  Dense layer2(256, 256, 1e-3F, random);
  Dense layer3(256, kClasses, 1e-3F, random);
  rivals::Batch batch(kBatch);
  Floats hidden1, hidden2, scores, gradient1, gradient2;
  const auto forward = [&](const float* images, int rows) {
    layer1.forward(images, rows, hidden1);
    relu(hidden1);
    layer2.forward(hidden1.data(), rows, hidden2);
    relu(hidden2);
    layer3.forward(hidden2.data(), rows, scores);
    return scores.data();
  };

  Result result;
  for (int epoch = 0; epoch < 5; ++epoch) {
    for (int step = 0; step < kTrain / kBatch; ++step, ++result.steps) {
      result.stepping.start();
      batch.draw(mnist.train, kTrain, random);
      const float loss = rivals::softmax_gradient(forward(batch.images.data(), kBatch), batch);
      if (step % 10 == 0) result.losses.push_back(loss);
      layer3.backward(scores, kBatch, gradient2);
      relu_gradient(hidden2, gradient2);
      layer2.backward(gradient2, kBatch, gradient1);
      relu_gradient(hidden1, gradient1);
      layer3.update(hidden2, scores, kBatch, kRate);
      layer2.update(hidden1, gradient2, kBatch, kRate);
      layer1.update(batch.images, gradient1, kBatch, kRate);
      result.stepping.stop();
      if (step % 200 == 0) {
        result.evaluating.start();
        result.accuracies.push_back(rivals::accuracy(forward(batch.images.data(), kBatch), batch));
        result.accuracies.push_back(accuracy(mnist.train, forward, kTrain));
        result.evaluating.stop();
      }
    }
  }
  result.test_accuracy = accuracy(mnist.test, forward);
  return result;
}

}  // namespace

int main(int argc, char** argv) {
  return rivals::run("openblas", argc, argv,
                     {{{"online-relu", online_relu},
                       {"linear-hinge", linear_hinge},
                       {"sigmoid-mse", sigmoid_mse},
                       {"two-layer", two_layer},
                       {"three-layer", three_layer}}},
                     openblas_set_num_threads);
}
