#include "suite.h"

#include <cstddef>
#include <string>

namespace scrawl::bench {
namespace {

using Function = void (*Table::*)(std::size_t, const float*, float*);
using Gradient = void (*Table::*)(std::size_t, const float*, const float*, float*);

// The outputs of one image's and of one batch's hidden layer.
constexpr std::size_t counts[] = {100, 8192};

void add_function(const std::string& name, Function function) {
  for (const std::size_t n : counts)
    add(name + "/" + std::to_string(n), {.bytes = 2.0 * static_cast<double>(n * sizeof(float))},
        [=](const Table& table) {
          return [&table, function, x = numbers(n), y = Values(n)]() mutable {
            (table.*function)(x.size(), x.data(), y.data());
          };
        });
}

void add_gradient(const std::string& name, Gradient gradient) {
  for (const std::size_t n : counts)
    add(name + "/" + std::to_string(n), {.bytes = 3.0 * static_cast<double>(n * sizeof(float))},
        [=](const Table& table) {
          return [&table, gradient, y = numbers(n), dy = numbers(n), dx = Values(n)]() mutable {
            (table.*gradient)(y.size(), y.data(), dy.data(), dx.data());
          };
        });
}

}  // namespace

void add_activation() {
  add_function("relu", &Table::relu);
  add_function("sigmoid", &Table::sigmoid);
  add_function("tanh", &Table::tanh);
  add_function("silu", &Table::silu);
  add_gradient("relu_gradient", &Table::relu_gradient);
  add_gradient("sigmoid_gradient", &Table::sigmoid_gradient);
  add_gradient("tanh_gradient", &Table::tanh_gradient);
  add_gradient("silu_gradient", &Table::silu_gradient);
}

}  // namespace scrawl::bench
