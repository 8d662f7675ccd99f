#include "suite.h"

#include <cstddef>
#include <string>

namespace scrawl::bench {
namespace {

// So small a rate that the weights stay ordinary numbers, however often they are updated.
constexpr kernels::UpdateRule<float> rule = {.learning_rate = 1e-9F,
                                             .l2 = 1e-4F,
                                             .momentum = 0.9F,
                                             .beta1 = 0.9F,
                                             .beta2 = 0.999F,
                                             .epsilon = 1e-8F,
                                             .rho = 0.9F,
                                             .correction1 = 0.5F,
                                             .correction2 = 0.5F};

// The weights of the networks of the recipes two-layer and three-layer.
constexpr std::size_t parameter_counts[] = {39'760, 269'322};

/// `arrays` is how many arrays are read or written in a call.
void add_update(const std::string& name, double arrays, const Make& make, std::size_t n) {
  add(name + "/" + std::to_string(n), {.bytes = arrays * static_cast<double>(n * sizeof(float))}, make);
}

}  // namespace

void add_update() {
  for (const std::size_t n : parameter_counts) {
    add_update(
        "update_sgd", 3,
        [n](const Table& table) {
          return [&table, g = numbers(n), w = numbers(n)]() mutable {
            table.update_sgd(w.size(), rule, g.data(), w.data());
          };
        },
        n);
    add_update(
        "update_momentum", 5,
        [n](const Table& table) {
          return [&table, g = numbers(n), velocity = Values(n), w = numbers(n)]() mutable {
            table.update_momentum(w.size(), rule, g.data(), velocity.data(), w.data());
          };
        },
        n);
    add_update(
        "update_adamw", 7,
        [n](const Table& table) {
          return [&table, g = numbers(n), mean = Values(n), variance = Values(n), w = numbers(n)]() mutable {
            table.update_adamw(w.size(), rule, g.data(), mean.data(), variance.data(), w.data());
          };
        },
        n);
    add_update(
        "update_adadelta", 7,
        [n](const Table& table) {
          return
              [&table, g = numbers(n), squares = Values(n), changes = Values(n), w = numbers(n)]() mutable {
                table.update_adadelta(w.size(), rule, g.data(), squares.data(), changes.data(), w.data());
              };
        },
        n);
    add_update(
        "update_average", 3,
        [n](const Table& table) {
          return [&table, w = numbers(n), average = numbers(n)]() mutable {
            table.update_average(w.size(), 1e-3F, w.data(), average.data());
          };
        },
        n);
    add_update(
        "scale", 2,
        [n](const Table& table) {
          return [&table, x = numbers(n), y = Values(n)]() mutable {
            table.scale(x.size(), 0.5F, x.data(), y.data());
          };
        },
        n);
    add_update(
        "sum_of_squares", 1,
        [n](const Table& table) {
          return [&table, x = numbers(n), sum = Values(1)]() mutable {
            sum[0] = table.sum_of_squares(x.size(), x.data());
          };
        },
        n);
  }
}

}  // namespace scrawl::bench
