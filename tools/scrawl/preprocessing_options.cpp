#include "preprocessing_options.h"

#include "scrawl/error.h"
#include "scrawl/exchange.h"

#include "numbers.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <vector>

namespace scrawl::tool {
namespace {

std::optional<float> parsed(std::string_view text) {
  float value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc{} || end != text.data() + text.size() || !std::isfinite(value))
    return std::nullopt;
  return value;
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

void add_preprocessing_options(CLI::App& command, PreprocessingOptions& options) {
  command
      .add_option("--scale", options.scale,
                  "The range that pixels 0..255 were brought to: 0..1 (default), -1..1, 0..255 or one of its "
                  "own such as 0.01..1")
      ->type_name("LOW..HIGH");
  command.add_option("--divisor", options.divisor, "Or what pixels were divided by, such as 256")
      ->check(positive_number(1e9))
      ->type_name("D");
  command
      .add_option("--mean", options.mean,
                  "What was then subtracted: a number, or an .npy file with one for each pixel")
      ->type_name("NUMBER|FILE");
  command
      .add_option("--deviation", options.deviation,
                  "What it was then divided by: a number, or an .npy file with one for each pixel")
      ->type_name("NUMBER|FILE");
  command
      .add_option("--whitening", options.whitening,
                  "An .npy file with the matrix that was then applied (rows are outputs)")
      ->type_name("FILE");
}

}  // namespace scrawl::tool
