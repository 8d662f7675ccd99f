#include "output.h"

#include "base/environment.h"
#include "base/json.h"
#include "base/text.h"

#include <fmt/format.h>
#include <unistd.h>

namespace scrawl::tool {
namespace {

std::string styled(const char* code, std::string_view text, std::FILE* stream) {
  if (!wants_colour(stream)) return std::string(text);
  return "\033[" + std::string(code) + "m" + std::string(text) + "\033[0m";
}

void print(std::FILE* stream, const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stream);
  std::fflush(stream);
}

}  // namespace

bool wants_colour(std::FILE* stream) {
  return !environment("NO_COLOR") && environment("TERM") != "dumb" && ::isatty(::fileno(stream)) != 0;
}

std::string bold(std::string_view text, std::FILE* stream) { return styled("1", text, stream); }
std::string faint(std::string_view text, std::FILE* stream) { return styled("2", text, stream); }
std::string standing_out(std::string_view text, std::FILE* stream) { return styled("1;33", text, stream); }

void print_line(std::string_view line) { print(stdout, std::string(line) + "\n"); }
void print_text(const std::string& text) { print(stdout, text); }
void print_json(const nlohmann::ordered_json& json) { print_line(dump_json(json)); }
void print_message(std::string_view line) { print(stderr, std::string(line) + "\n"); }
void print_error(std::string_view message) {
  print(stderr, styled("1;31", "scrawl: error:", stderr) + " " + std::string(message) + "\n");
}

std::string grouped(std::size_t number) { return scrawl::grouped(std::to_string(number)); }

std::string percent(double fraction, int decimals) {
  return fmt::format("{:.{}f} %", 100 * fraction, decimals);
}

}  // namespace scrawl::tool
