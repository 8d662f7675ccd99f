#pragma once

#include "scrawl/layer.h"

#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

/// Layers such as a program may bring along.
namespace scrawl::test {

/// y = x sigmoid(beta x), with a trained beta for every value of the input (Ramachandran, Zoph and Le 2017).
template <class T>
class Swish final : public Layer<T> {
 public:
  explicit Swish(const Shape& input) : shape_(input) {}

  Shape output_shape() const override { return shape_; }
  std::vector<ParameterInfo> parameters() const override {
    return {{"beta", {shape_.size()}, 0, ParameterKind::bias}};
  }
  void initialise(const Initialiser&, const RandomKey&, std::span<T> parameters) const override {
    for (auto& beta : parameters) beta = 1;
  }
  void forward(const Forward<T>& pass) const override {
    pass.compute.pool().run_ranges(shape_.size(), 1, [&](std::size_t begin, std::size_t end) {
      for (std::size_t r = 0; r < pass.input.rows(); ++r)
        for (std::size_t i = begin; i < end; ++i) {
          const T x = pass.input(r, i);
          pass.output(r, i) = x * sigmoid(pass.parameters[i] * x);
        }
    });
  }
  void backward(const Backward<T>& pass) const override {
    pass.compute.pool().run_ranges(shape_.size(), 1, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) {
        T by_beta = 0;
        for (std::size_t r = 0; r < pass.input.rows(); ++r) {
          const T x = pass.input(r, i);
          const T beta = pass.parameters[i];
          const T s = sigmoid(beta * x);
          const T dy = pass.output_gradient(r, i);
          if (!pass.input_gradient.empty()) pass.input_gradient(r, i) = dy * (s + beta * x * s * (1 - s));
          by_beta += dy * x * x * s * (1 - s);
        }
        if (!pass.parameter_gradient.empty()) pass.parameter_gradient[i] = by_beta;
      }
    });
  }

 private:
  static T sigmoid(T x) { return 1 / (1 + std::exp(-x)); }
  Shape shape_;
};

/// x where it is above 0, otherwise slope x: element-wise, so that it may run in place.
template <class T>
class LeakyRelu final : public Layer<T> {
 public:
  explicit LeakyRelu(const Shape& input, double slope = 0.1) : shape_(input), slope_(static_cast<T>(slope)) {}

  Shape output_shape() const override { return shape_; }
  LayerTraits traits() const override { return {.elementwise = true, .has_kink_at_zero = true}; }
  void forward(const Forward<T>& pass) const override {
    for (std::size_t r = 0; r < pass.input.rows(); ++r)
      for (std::size_t i = 0; i < pass.input.columns(); ++i) {
        const T x = pass.input(r, i);
        pass.output(r, i) = x > 0 ? x : slope_ * x;
      }
  }
  void backward(const Backward<T>& pass) const override {
    for (std::size_t r = 0; r < pass.output.rows(); ++r)
      for (std::size_t i = 0; i < pass.output.columns(); ++i)
        pass.input_gradient(r, i) = pass.output_gradient(r, i) * (pass.output(r, i) > 0 ? 1 : slope_);
  }

 private:
  Shape shape_;
  T slope_;
};

/// Subtracts a running mean of each value, which is measured in training, and multiplies by a trained matrix
/// of (2, inputs): state, a weight that lies (inputs, outputs), scratch memory and another output shape.
template <class T>
class CentredPair final : public Layer<T> {
 public:
  explicit CentredPair(const Shape& input) : inputs_(input.size()) {}

  Shape output_shape() const override { return {1, 1, 2}; }
  std::vector<ParameterInfo> parameters() const override {
    return {{"scale", {1}, 0, ParameterKind::bias}, {"weight", {2, inputs_}, 1, ParameterKind::weight}};
  }
  LayerTraits traits() const override { return {.state_size = inputs_}; }
  std::size_t scratch_size(std::size_t max_rows) const override { return max_rows * inputs_; }
  void initialise(const Initialiser&, const RandomKey& key, std::span<T> parameters) const override {
    std::uint32_t index = 0;
    for (auto& value : parameters) value = random_uniform(key, index++) - T(0.5);
    parameters[0] = 1;
  }
  void forward(const Forward<T>& pass) const override {
    if (pass.mode == Mode::train)
      for (std::size_t i = 0; i < inputs_; ++i) {
        T sum = 0;
        for (std::size_t r = 0; r < pass.input.rows(); ++r) sum += pass.input(r, i);
        pass.next_state[i] += (sum / static_cast<T>(pass.input.rows()) - pass.state[i]) / 4;
      }
    for (std::size_t r = 0; r < pass.input.rows(); ++r)
      for (std::size_t o = 0; o < 2; ++o) {
        T sum = 0;
        for (std::size_t i = 0; i < inputs_; ++i)
          sum += (pass.input(r, i) - pass.state[i]) * pass.parameters[1 + i * 2 + o];
        pass.output(r, o) = pass.parameters[0] * sum;
      }
  }
  void backward(const Backward<T>& pass) const override {
    const MatrixView<T> centred(pass.scratch.data(), pass.input.rows(), inputs_);
    for (std::size_t r = 0; r < pass.input.rows(); ++r)
      for (std::size_t i = 0; i < inputs_; ++i) centred(r, i) = pass.input(r, i) - pass.state[i];
    for (auto& value : pass.parameter_gradient) value = 0;
    for (std::size_t r = 0; r < pass.input.rows(); ++r)
      for (std::size_t i = 0; i < inputs_; ++i) {
        T by_input = 0;
        for (std::size_t o = 0; o < 2; ++o) {
          const T dy = pass.output_gradient(r, o);
          const T w = pass.parameters[1 + i * 2 + o];
          by_input += dy * pass.parameters[0] * w;
          if (pass.parameter_gradient.empty()) continue;
          pass.parameter_gradient[0] += dy * centred(r, i) * w;
          pass.parameter_gradient[1 + i * 2 + o] += dy * pass.parameters[0] * centred(r, i);
        }
        if (!pass.input_gradient.empty()) pass.input_gradient(r, i) = by_input;
      }
  }

 private:
  std::size_t inputs_;
};

inline std::vector<CustomLayer> custom_layers() {
  return {custom_layer<Swish>("swish"), custom_layer<LeakyRelu>("bent-line"),
          custom_layer<LeakyRelu>("bent-line-30", 0.3), custom_layer<CentredPair>("centred-pair")};
}

}  // namespace scrawl::test
