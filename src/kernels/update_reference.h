#pragma once

#include "kernels/elementary.h"
#include "kernels/kernels.h"

#include <cmath>
#include <cstddef>

namespace scrawl::kernels::reference {

template <class T>
void update_sgd(std::size_t n, const UpdateRule<T>& rule, const T* g, T* w) {
  for (std::size_t i = 0; i < n; ++i) w[i] = mul_add(-rule.learning_rate, mul_add(rule.l2, w[i], g[i]), w[i]);
}

/// v = momentum v + g; w -= learning_rate (v, or g + momentum v for Nesterov's form), as in Sutskever et al.
/// 2013 with the learning rate outside of v.
template <class T>
void update_momentum(std::size_t n, const UpdateRule<T>& rule, const T* g, T* velocity, T* w) {
  for (std::size_t i = 0; i < n; ++i) {
    const T gradient = mul_add(rule.l2, w[i], g[i]);
    velocity[i] = mul_add(rule.momentum, velocity[i], gradient);
    const T step = rule.nesterov ? mul_add(rule.momentum, velocity[i], gradient) : velocity[i];
    w[i] = mul_add(-rule.learning_rate, step, w[i]);
  }
}

/// Loshchilov and Hutter 2019: "Decoupled weight decay regularization", algorithm 2.
template <class T>
void update_adamw(std::size_t n, const UpdateRule<T>& rule, const T* g, T* mean, T* variance, T* w) {
  const T shrink = -rule.learning_rate * rule.decay;
  const T rest1 = T{1} - rule.beta1;
  const T rest2 = T{1} - rule.beta2;
  for (std::size_t i = 0; i < n; ++i) {
    const T gradient = mul_add(rule.l2, w[i], g[i]);
    mean[i] = mul_add(rule.beta1, mean[i], rest1 * gradient);
    variance[i] = mul_add(rule.beta2, variance[i], (rest2 * gradient) * gradient);
    const T deviation = std::sqrt(variance[i] / rule.correction2) + rule.epsilon;
    const T decayed = mul_add(shrink, w[i], w[i]);
    w[i] = mul_add(-rule.learning_rate, (mean[i] / rule.correction1) / deviation, decayed);
  }
}

/// Zeiler 2012: "ADADELTA: an adaptive learning rate method", algorithm 1, with a learning rate as a factor
/// of the change, as in torch.optim.Adadelta. `squares` and `changes` are running means of the squares of the
/// gradient and of the change.
template <class T>
void update_adadelta(std::size_t n, const UpdateRule<T>& rule, const T* g, T* squares, T* changes, T* w) {
  const T rest = T{1} - rule.rho;
  for (std::size_t i = 0; i < n; ++i) {
    const T gradient = mul_add(rule.l2, w[i], g[i]);
    squares[i] = mul_add(rule.rho, squares[i], (rest * gradient) * gradient);
    const T change = std::sqrt(changes[i] + rule.epsilon) / std::sqrt(squares[i] + rule.epsilon) * gradient;
    changes[i] = mul_add(rule.rho, changes[i], (rest * change) * change);
    w[i] = mul_add(-rule.learning_rate, change, w[i]);
  }
}

template <class T>
void update_average(std::size_t n, T rate, const T* w, T* average) {
  for (std::size_t i = 0; i < n; ++i) average[i] = mul_add(rate, w[i] - average[i], average[i]);
}

template <class T>
void scale(std::size_t n, T factor, const T* x, T* y) {
  for (std::size_t i = 0; i < n; ++i) y[i] = factor * x[i];
}

template <class T>
T add_chains(T (&chains)[sum_chains]) {
  for (std::size_t half = sum_chains / 2; half > 0; half /= 2)
    for (std::size_t i = 0; i < half; ++i) chains[i] += chains[i + half];
  return chains[0];
}

template <class T>
T sum_of_squares(std::size_t n, const T* x) {
  T chains[sum_chains] = {};
  for (std::size_t i = 0; i < n; ++i) {
    T& chain = chains[i % sum_chains];
    chain = mul_add(x[i], x[i], chain);
  }
  return add_chains(chains);
}

}  // namespace scrawl::kernels::reference
