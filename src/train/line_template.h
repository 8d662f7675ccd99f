#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace scrawl {

/// The values of a report line, by name: epoch, epochs, step, steps, loss, learning_rate, and batch_, train_,
/// validation_ and test_accuracy if measured; accuracies are fractions, or NAME_percent.
struct LineValues {
  std::uint64_t epoch = 0;
  std::uint64_t epochs = 0;
  std::uint64_t step = 0;
  std::uint64_t steps = 0;
  double loss = 0;
  double learning_rate = 0;
  std::optional<double> batch_accuracy;
  std::array<double, 3> accuracies = {0, 0, 0};       ///< by Part
  std::array<bool, 3> parts = {false, false, false};  ///< which of them are known
};

/// Fills in a template in {fmt}'s syntax, such as "loss {loss:.2f}". Throws Error(invalid_argument) for a
/// name that is unknown or not measured, and for a malformed template.
std::string format_line(const std::string& text, const LineValues& values);

}  // namespace scrawl
