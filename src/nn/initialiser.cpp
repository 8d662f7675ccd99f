#include "scrawl/error.h"
#include "scrawl/model_spec.h"

#include "base/text.h"

#include <array>
#include <charconv>
#include <cmath>

namespace scrawl {
namespace {

constexpr std::array<std::string_view, 5> names = {"zeros", "normal", "fan-out", "glorot", "he"};

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
  std::size_t kind = 0;
  while (kind < names.size() && names[kind] != name) ++kind;
  if (kind == names.size())
    throw Error(ErrorCode::invalid_argument,
                "unknown initialiser '" + std::string(name) + "'" + suggestion(name, names));
  initialiser.kind = static_cast<Initialiser::Kind>(kind);
  if (initialiser.kind != Initialiser::Kind::normal) {
    if (space != std::string_view::npos)
      throw Error(ErrorCode::invalid_argument, "the initialiser '" + std::string(name) + "' takes no number");
    return initialiser;
  }
  const auto number = space == std::string_view::npos ? std::string_view{} : trimmed(text.substr(space));
  const auto [end, status] =
      std::from_chars(number.data(), number.data() + number.size(), initialiser.deviation);
  if (status != std::errc{} || end != number.data() + number.size() ||
      !std::isfinite(initialiser.deviation) || initialiser.deviation < 0)
    throw Error(
        ErrorCode::invalid_argument,
        "'" + std::string(text) + "': the initialiser 'normal' needs its deviation, such as 'normal 0.01'");
  return initialiser;
}

}  // namespace scrawl
