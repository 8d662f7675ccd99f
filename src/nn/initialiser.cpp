#include "scrawl/error.h"
#include "scrawl/model_spec.h"

#include "base/text.h"
#include "nn/layers.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace scrawl {
namespace {

constexpr std::array<std::string_view, 6> names = {"zeros", "normal", "fan-out", "glorot", "he", "fan-in"};

}  // namespace

std::string to_string(const Initialiser& initialiser) {
  std::string text(names[static_cast<std::size_t>(initialiser.kind)]);
  if (initialiser.kind == Initialiser::Kind::normal) text += " " + shortest(initialiser.deviation);
  return text;
}

Initialiser parse_initialiser(std::string_view text) {
  const auto space = text.find(' ');
  const auto name = text.substr(0, space);
  Initialiser initialiser;
  const auto kind = std::find(names.begin(), names.end(), name);
  if (kind == names.end())
    throw Error(ErrorCode::invalid_argument,
                "unknown initialiser '" + std::string(name) + "'" + suggestion(name, names));
  initialiser.kind = static_cast<Initialiser::Kind>(kind - names.begin());
  if (initialiser.kind != Initialiser::Kind::normal) {
    if (space != std::string_view::npos)
      throw Error(ErrorCode::invalid_argument, "the initialiser '" + std::string(name) + "' takes no number");
    return initialiser;
  }
  using Number = decltype(initialiser.deviation);
  const auto number = parse_number<Number>(trimmed(text.substr(name.size())));
  if (!number || !std::isfinite(*number) || *number < 0)
    throw Error(
        ErrorCode::invalid_argument,
        "'" + std::string(text) + "': the initialiser 'normal' needs its deviation, such as 'normal 0.01'");
  initialiser.deviation = *number;
  return initialiser;
}

template <class T>
void initialise_weights(const Initialiser& initialiser, const WeightExtents& extents, const RandomKey& key,
                        std::span<T> weights) {
  using Kind = Initialiser::Kind;
  const auto [inputs, outputs, area] = extents;
  const auto fan_in = static_cast<double>(inputs);
  const auto fan_out = static_cast<double>(outputs * area);
  double deviation = 0;
  switch (initialiser.kind) {
    case Kind::zeros: break;
    case Kind::normal: deviation = initialiser.deviation; break;
    case Kind::fan_out: deviation = 1 / std::sqrt(fan_out); break;
    case Kind::glorot: deviation = std::sqrt(6 / (fan_in + fan_out)); break;
    case Kind::he: deviation = std::sqrt(2 / fan_in); break;
    case Kind::fan_in: deviation = 1 / std::sqrt(fan_in); break;
  }
  const bool is_uniform = initialiser.kind == Kind::glorot || initialiser.kind == Kind::fan_in;
  std::fill(weights.begin(), weights.end(), T{0});
  if (deviation == 0) return;
  for (std::size_t i = 0; i < inputs; ++i) {
    for (std::size_t o = 0; o < outputs; ++o) {
      // Counted as files hold the weights, so that the memory layout may change and the numbers stay.
      const auto index = static_cast<std::uint32_t>(o * inputs + i);
      const double draw = is_uniform ? 2.0 * random_uniform(key, index) - 1.0 : random_normal(key, index);
      weights[i * outputs + o] = static_cast<T>(static_cast<float>(deviation * draw));
    }
  }
}

template void initialise_weights(const Initialiser&, const WeightExtents&, const RandomKey&,
                                 std::span<float>);
template void initialise_weights(const Initialiser&, const WeightExtents&, const RandomKey&,
                                 std::span<double>);

}  // namespace scrawl
