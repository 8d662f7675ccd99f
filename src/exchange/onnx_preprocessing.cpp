#include "exchange/onnx_importer.h"

#include <optional>

namespace scrawl {
namespace {

using Kind = PixelStep::Kind;

std::vector<float> values_of(const PixelStep& step) { return broadcast(step.values, step.shape, step.image); }

/// The steps as the parts of a Preprocessing, each of which comes at most once and in this order.
std::optional<Preprocessing> as_parts(std::span<const PixelStep> steps) {
  enum Part { divisor, factor, offset, mean, deviation, end };
  Preprocessing result{.divisor = 1};
  int next = divisor;
  for (const auto& step : steps) {
    const bool single = step.values.size() == 1;
    if (step.kind == Kind::divide && single && next == divisor) {
      result.divisor = step.values[0];
      next = factor;
    } else if (step.kind == Kind::multiply && single && next <= factor) {
      result.factor = step.values[0];
      next = offset;
    } else if (step.kind == Kind::add && single && next <= offset) {
      result.offset = step.values[0];
      next = mean;
    } else if (step.kind == Kind::subtract && next <= mean) {
      result.mean = values_of(step);
      next = deviation;
    } else if (step.kind == Kind::divide && next <= deviation) {
      result.deviation = values_of(step);
      next = end;
    } else {
      return std::nullopt;
    }
  }
  return result;
}

/// x * factor + offset, for one pixel.
struct Line {
  double factor = 1;
  double offset = 0;

  void apply(Kind kind, double value) {
    if (kind == Kind::add) offset += value;
    if (kind == Kind::subtract) offset -= value;
    if (kind == Kind::subtract_from) factor = -factor, offset = value - offset;
    if (kind == Kind::multiply) factor *= value, offset *= value;
    if (kind == Kind::divide) factor /= value, offset /= value;
  }
};

Preprocessing folded(std::span<const PixelStep> steps, std::size_t pixels, const std::string& file) {
  bool single = true;
  for (const auto& step : steps) single = single && step.values.size() == 1;
  std::vector<Line> lines(single ? 1 : pixels);
  for (const auto& step : steps) {
    const auto values = values_of(step);
    for (std::size_t p = 0; p < lines.size(); ++p)
      lines[p].apply(step.kind, values[values.size() == 1 ? 0 : p]);
  }
  Preprocessing result{.divisor = 1};
  if (single) {
    result.factor = static_cast<float>(lines[0].factor);
    result.offset = static_cast<float>(lines[0].offset);
    return result;
  }
  for (const auto& [factor, offset] : lines) {
    if (factor == 0)
      throw Error(
          ErrorCode::unsupported,
          "multiplies a pixel by 0 before the first layer; set the weights of that pixel to 0 instead", file);
    result.mean.push_back(static_cast<float>(-offset / factor));
    result.deviation.push_back(static_cast<float>(1 / factor));
  }
  return result;
}

}  // namespace

Preprocessing to_preprocessing(std::span<const PixelStep> steps, std::size_t pixels,
                               const std::string& file) {
  const auto parts = as_parts(steps);
  Preprocessing result = parts ? *parts : folded(steps, pixels, file);
  try {
    validate(result, pixels);
  } catch (const Error& error) {
    throw Error(
        ErrorCode::unsupported,
        error.message() + " (from the operations before the first layer); export the model without them",
        file);
  }
  return result;
}

}  // namespace scrawl
