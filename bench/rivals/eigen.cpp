// The classic systems in Eigen. Images are columns, so the flat array of pixels is a matrix as it stands.
#include "common.h"

#include <Eigen/Core>

namespace {

using rivals::kClasses;
using rivals::kPixels;
using rivals::Options;
using rivals::Random;
using rivals::Result;

using Matrix = Eigen::MatrixXf;
using Vector = Eigen::VectorXf;
using Images = Eigen::Map<const Matrix>;

// Rows of weights lie together: a step on one image is then dot products with, and additions to, long rows.
using RowMatrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

template <class Weights = RowMatrix>
Weights normal_weights(int outputs, int inputs, float deviation, Random& random) {
  Weights weights(outputs, inputs);
  random.fill_normal(weights.data(), static_cast<std::size_t>(weights.size()), deviation);
  return weights;
}

// The images of a part or of a batch.
template <class Source>
Images columns(const Source& source) {
  return {source.images.data(), kPixels, static_cast<Eigen::Index>(source.labels.size())};
}

struct Dense {
  Matrix weights;
  Vector bias;

  Dense(int inputs, int outputs, float deviation, Random& random)
      : weights(normal_weights<Matrix>(outputs, inputs, deviation, random)), bias(Vector::Zero(outputs)) {}

  template <class Input>
  void forward(const Input& input, Matrix& output) const {
    output.noalias() = weights * input;
    output.colwise() += bias;
  }
  void backward(const Matrix& output_gradient, Matrix& input_gradient) const {
    input_gradient.noalias() = weights.transpose() * output_gradient;
  }
  // `rate` is already divided by the size of the batch, `decay` the factor that the penalty leaves of the
  // weights.
  template <class Input>
  void update(const Input& input, const Matrix& output_gradient, float rate, float decay = 1) {
    if (decay != 1) weights *= decay;
    weights.noalias() -= rate * output_gradient * input.transpose();
    bias -= rate * output_gradient.rowwise().sum();
  }
};

// The accuracy on the images from `first` on.
template <class Forward>
double accuracy(const rivals::Part& part, Forward&& forward, int first = 0) {
  const Images images = columns(part);
  return rivals::accuracy(part, first,
                          [&](int begin, int size) { return forward(images.middleCols(begin, size)); });
}

Result online_relu(const Options& options) {
  constexpr int kHidden = 20;
  constexpr float kRate = 0.001F;
  constexpr float kL2 = 0.01F;
  const auto mnist = rivals::read_mnist(options.data, 1.0F / 255);
  const Images images = columns(mnist.train);
  Random random(options.seed);
  RowMatrix weights1 = normal_weights(kHidden, kPixels, 1, random);
  RowMatrix weights2 = normal_weights(kClasses, kHidden, 1, random);
  Vector bias1 = Vector::Zero(kHidden);
  Vector bias2 = Vector::Zero(kClasses);
  Vector hidden(kHidden);
  Vector hidden_gradient(kHidden);
  Vector scores(kClasses);

  Result result;
  result.stepping.start();
  for (int epoch = 0; epoch < 5; ++epoch) {
    for (int i = 0; i < mnist.train.count(); ++i) {
      const auto image = images.col(i);
      hidden = bias1;
      hidden.noalias() += weights1 * image;
      hidden = hidden.cwiseMax(0);
      scores = bias2;
      scores.noalias() += weights2 * hidden;
      float loss = rivals::softmax_gradient(scores.data(), mnist.train.labels[static_cast<std::size_t>(i)]);
      if (i % 100 == 0) {
        loss += kL2 / 2 * (weights1.squaredNorm() + weights2.squaredNorm());
        result.losses.push_back(loss);
      }

      hidden_gradient.noalias() = weights2.transpose() * scores;
      hidden_gradient = (hidden.array() > 0).select(hidden_gradient, 0);
      // A lazy product lets decay and update share one pass over the weights.
      weights2 = (1 - kRate * kL2) * weights2 - (kRate * scores).lazyProduct(hidden.transpose());
      weights1 = (1 - kRate * kL2) * weights1 - (kRate * hidden_gradient).lazyProduct(image.transpose());
      bias2 -= kRate * scores;
      bias1 -= kRate * hidden_gradient;
      ++result.steps;
    }
  }
  result.stepping.stop();

  Matrix outputs;
  result.test_accuracy = accuracy(mnist.test, [&](const auto& input) {
    const Matrix h = ((weights1 * input).colwise() + bias1).cwiseMax(0);
    outputs = (weights2 * h).colwise() + bias2;
    return outputs.data();
  });
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
  const Images inputs = columns(batch);
  Matrix scores;

  Result result;
  result.stepping.start();
  for (; result.steps < 3000; ++result.steps) {
    batch.draw(mnist.train, mnist.train.count(), random);
    layer.forward(inputs, scores);
    const float loss = rivals::hinge_gradient(scores.data(), batch);
    if (result.steps % 10 == 0) result.losses.push_back(loss + kL2 / 2 * layer.weights.squaredNorm());
    layer.update(inputs, scores, kRate / kBatch, 1 - kRate * kL2);
  }
  result.stepping.stop();

  result.test_accuracy = accuracy(mnist.test, [&](const auto& input) {
    layer.forward(input, scores);
    return scores.data();
  });
  return result;
}

Result sigmoid_mse(const Options& options) {
  constexpr int kHidden = 100;
  constexpr float kRate = 0.1F;
  const auto mnist = rivals::read_mnist(options.data, 0.99F / 255, 0.01F);
  const Images images = columns(mnist.train);
  Random random(options.seed);
  RowMatrix weights1 = normal_weights(kHidden, kPixels, 1 / std::sqrt(float{kHidden}), random);
  RowMatrix weights2 = normal_weights(kClasses, kHidden, 1 / std::sqrt(float{kClasses}), random);
  Vector hidden(kHidden);
  Vector hidden_error(kHidden);
  Vector output(kClasses);
  Vector error(kClasses);
  Matrix outputs;
  const auto forward = [&](const auto& input) {
    const Matrix h = (weights1 * input).array().logistic();
    outputs = weights2 * h;
    return outputs.data();
  };

  Result result;
  for (int epoch = 0; epoch < 5; ++epoch) {
    result.stepping.start();
    for (int i = 0; i < mnist.train.count(); ++i) {
      const auto image = images.col(i);
      hidden.noalias() = weights1 * image;
      hidden = hidden.array().logistic();
      output.noalias() = weights2 * hidden;
      output = output.array().logistic();

      error = 0.01F - output.array();
      error[mnist.train.labels[static_cast<std::size_t>(i)]] += 0.98F;
      if (i % 100 == 0) result.losses.push_back(error.squaredNorm() / 2);
      // The author hands back the bare error, without the derivative of the output's sigmoid.
      hidden_error.noalias() = weights2.transpose() * error;
      error.array() *= kRate * output.array() * (1 - output.array());
      hidden_error.array() *= kRate * hidden.array() * (1 - hidden.array());
      weights2.noalias() += error * hidden.transpose();
      weights1.noalias() += hidden_error * image.transpose();
      ++result.steps;
    }
    result.stepping.stop();
    result.evaluating.start();
    result.accuracies.push_back(accuracy(mnist.test, forward));
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
  const Images inputs = columns(batch);
  Matrix hidden;
  Matrix scores;
  Matrix hidden_gradient;
  const auto forward = [&](const auto& input) {
    layer1.forward(input, hidden);
    hidden = hidden.array().logistic();
    layer2.forward(hidden, scores);
    return scores.data();
  };

  Result result;
  for (; result.steps < 10'000; ++result.steps) {
    result.stepping.start();
    batch.draw(mnist.train, mnist.train.count(), random);
    forward(inputs);
    rivals::softmax_gradient(scores.data(), batch);
    layer2.backward(scores, hidden_gradient);
    hidden_gradient.array() *= hidden.array() * (1 - hidden.array());
    layer2.update(hidden, scores, kRate / kBatch);
    layer1.update(inputs, hidden_gradient, kRate / kBatch);
    forward(inputs);
    result.losses.push_back(rivals::softmax_gradient(scores.data(), batch));
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
  const Images inputs = columns(batch);
  Matrix hidden1, hidden2, scores;
  Matrix gradient1, gradient2;
  const auto forward = [&](const auto& input) {
    layer1.forward(input, hidden1);
    hidden1 = hidden1.cwiseMax(0);
    layer2.forward(hidden1, hidden2);
    hidden2 = hidden2.cwiseMax(0);
    layer3.forward(hidden2, scores);
    return scores.data();
  };

  Result result;
  for (int epoch = 0; epoch < 5; ++epoch) {
    for (int step = 0; step < kTrain / kBatch; ++step, ++result.steps) {
      result.stepping.start();
      batch.draw(mnist.train, kTrain, random);
      forward(inputs);
      const float loss = rivals::softmax_gradient(scores.data(), batch);
      if (step % 10 == 0) result.losses.push_back(loss);
      layer3.backward(scores, gradient2);
      gradient2 = (hidden2.array() > 0).select(gradient2, 0);
      layer2.backward(gradient2, gradient1);
      gradient1 = (hidden1.array() > 0).select(gradient1, 0);
      layer3.update(hidden2, scores, kRate / kBatch);
      layer2.update(hidden1, gradient2, kRate / kBatch);
      layer1.update(inputs, gradient1, kRate / kBatch);
      result.stepping.stop();
      if (step % 200 == 0) {
        result.evaluating.start();
        forward(inputs);
        result.accuracies.push_back(rivals::accuracy(scores.data(), batch));
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
  return rivals::run("eigen", argc, argv,
                     {{{"online-relu", online_relu},
                       {"linear-hinge", linear_hinge},
                       {"sigmoid-mse", sigmoid_mse},
                       {"two-layer", two_layer},
                       {"three-layer", three_layer}}},
                     Eigen::setNbThreads);
}
