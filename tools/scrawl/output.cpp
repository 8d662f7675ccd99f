#include "output.h"

#include "base/environment.h"
#include "base/json.h"
#include "base/text.h"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace scrawl::tool {
namespace {

Text styled(const char* code, const Text& text, std::FILE* stream) {
  if (!wants_colour(stream)) return text;
  return Text::raw("\033[" + std::string(code) + "m" + text.bytes() + "\033[0m");
}

void print(std::FILE* stream, const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stream);
  std::fflush(stream);
}

}  // namespace

bool wants_colour(std::FILE* stream) {
  return !environment("NO_COLOR") && environment("TERM") != "dumb" && ::isatty(::fileno(stream)) != 0;
}

Text Text::raw(std::string bytes) {
  Text text;
  text.bytes_ = std::move(bytes);
  return text;
}

std::string Text::escaped(std::string_view text) {
  std::string result;
  const auto pieces = split(text, '\t');
  for (std::size_t i = 0; i < pieces.size(); ++i)
    result += (i > 0 ? "\t" : "") + printable(pieces[i], std::numeric_limits<std::size_t>::max());
  return result;
}

Text bold(const Text& text, std::FILE* stream) { return styled("1", text, stream); }
Text faint(const Text& text, std::FILE* stream) { return styled("2", text, stream); }
Text standing_out(const Text& text, std::FILE* stream) { return styled("1;33", text, stream); }

void print_line(const Text& line) { print(stdout, line.bytes() + "\n"); }
void print_text(const std::string& text) { print(stdout, text); }

Text json_line(const nlohmann::ordered_json& json) { return json_text(dump_json(json)); }
Text json_text(std::string line) {
  // JSON escapes line ends and the like, but not DEL, Latin-1 control characters and direction marks.
  if (Text(line).bytes() != line) line = dump_ascii_json(nlohmann::ordered_json::parse(line));
  return Text::raw(std::move(line));
}
void print_json(const nlohmann::ordered_json& json) { print_line(json_line(json)); }

void print_message(const Text& line) { print(stderr, line.bytes() + "\n"); }
void print_error(const Text& message) {
  print_message(styled("1;31", "scrawl: error:", stderr) + " " + message);
}

std::size_t columns_of(std::string_view text) {
  // fmt pads to columns, and no character takes more of them than it has bytes.
  return 2 * text.size() - fmt::format("{:<{}}", text, text.size()).size();
}

std::size_t widest(std::span<const std::string> texts, std::size_t least) {
  for (const auto& text : texts) least = std::max(least, columns_of(text));
  return least;
}

std::string grouped(std::size_t number) { return scrawl::grouped(std::to_string(number)); }

std::string percent(double fraction, int decimals) {
  return fmt::format("{:.{}f} %", 100 * fraction, decimals);
}

}  // namespace scrawl::tool
