#include "numbers.h"

#include "base/text.h"

#include <limits>
#include <string>

#include <fmt/format.h>

namespace scrawl::tool {
namespace {

/// `accepts(value)`; NaN must not be accepted.
template <class T, class Accepts>
CLI::Validator validator(const std::string& allowed, const Accepts& accepts) {
  return {[=](std::string& text) {
            const auto value = parse_number<T>(text);
            if (value && accepts(*value)) return std::string();
            return fmt::format("must be {}, not '{}'", allowed, printable(text));
          },
          ""};
}

}  // namespace

CLI::Validator whole_number(std::uint64_t low, std::uint64_t high) {
  const bool bounded = high != std::numeric_limits<std::uint64_t>::max();
  return validator<std::uint64_t>(bounded ? fmt::format("a whole number from {} to {}", low, high)
                                          : fmt::format("a whole number from {} on", low),
                                  [=](std::uint64_t value) { return low <= value && value <= high; });
}

CLI::Validator number(double low, double high) {
  return validator<double>(fmt::format("a number from {} to {}", low, high),
                           [=](double value) { return low <= value && value <= high; });
}

CLI::Validator positive_number(double high) {
  return validator<double>(fmt::format("a number above 0, up to {}", high),
                           [=](double value) { return 0 < value && value <= high; });
}

}  // namespace scrawl::tool
