#include "preprocessing_options.h"

#include "scrawl/error.h"
#include "scrawl/exchange.h"

#include "base/text.h"
#include "command.h"
#include "numbers.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace scrawl::tool {
namespace {

std::optional<float> parsed(std::string_view text) {
  const auto value = parse_number<float>(text);
  return value && std::isfinite(*value) ? value : std::nullopt;
}

Error wrong(const std::string& message) { return {ErrorCode::invalid_argument, message}; }

/// A number, or the values of an .npy file.
std::vector<float> values_of(const char* option, const std::string& text, const UnpackLimits& limits) {
  if (text.empty()) return {};
  if (const auto value = parsed(text)) return {*value};
  try {
    return read_array(text, limits);
  } catch (const Error& error) {
    throw Error(error.code(), std::string(option) + " takes a number or an .npy file: " + error.message(),
                text);
  }
}

}  // namespace

std::optional<Preprocessing> PreprocessingOptions::value(const UnpackLimits& limits) const {
  if (scale.empty() && !divisor && mean.empty() && deviation.empty() && whitening.empty())
    return std::nullopt;
  Preprocessing result;
  if (!scale.empty()) {
    const auto dots = scale.find("..");
    const auto low = parsed(std::string_view(scale).substr(0, dots));
    const auto high =
        dots == std::string::npos ? std::nullopt : parsed(std::string_view(scale).substr(dots + 2));
    if (!low || !high || *low >= *high)
      throw wrong(
          "--scale is the range that the pixels 0..255 were brought to, such as 0..1, -1..1 0..255 or "
          "0.01..1, not "
          "'" +
          scale + "'");
    result.offset = *low;
    // Raw bytes stay exact.
    result.divisor = *high - *low == 255 ? 1 : 255;
    result.factor = result.divisor == 1 ? 1 : *high - *low;
  }
  if (divisor) {
    if (!scale.empty()) throw wrong("--scale and --divisor say the same thing; give one of them");
    result.divisor = *divisor;
  }
  result.mean = values_of("--mean", mean, limits);
  result.deviation = values_of("--deviation", deviation, limits);
  result.whitening = values_of("--whitening", whitening, limits);
  return result;
}

void PreprocessingOptions::check(const Preprocessing& values, std::size_t pixels) const {
  const auto check_alone = [&](const char* option, const std::string& text, const Preprocessing& part) {
    try {
      validate(part, pixels);
    } catch (const Error& error) {
      throw Error(error.code(), std::string(option) + ": " + error.message(), text);
    }
  };
  check_alone("--mean", mean, {.mean = values.mean});
  if (std::any_of(values.deviation.begin(), values.deviation.end(), [](float value) { return value <= 0; }))
    throw Error(ErrorCode::invalid_argument,
                "--deviation: a deviation is not above 0; use 1 for pixels that never change", deviation);
  check_alone("--deviation", deviation, {.deviation = values.deviation});
  check_alone("--whitening", whitening, {.whitening = values.whitening});
}

void add_preprocessing_options(CLI::App* command, PreprocessingOptions& options) {
  add_value(
      command, "--scale", "LOW..HIGH", options.scale,
      "The range that pixels 0..255 were scaled to: 0..1 (default), -1..1, 0..255 or another one such as "
      "0.01..1");
  add_value(command, "--divisor", "D", options.divisor, "Or what pixels were divided by, such as 256")
      ->check(positive_number(1e9));
  add_value(command, "--mean", "NUMBER|FILE", options.mean,
            "What was then subtracted: a number, or an .npy file with one per pixel");
  add_value(command, "--deviation", "NUMBER|FILE", options.deviation,
            "What the result was divided by: a number, or an .npy file with one per pixel");
  add_value(command, "--whitening", "FILE", options.whitening,
            "An .npy file with the matrix that was then applied (rows are outputs)");
}

}  // namespace scrawl::tool
