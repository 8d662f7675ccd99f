#pragma once

#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

namespace scrawl::tool {

/// Whether the stream is a terminal that wants colours (NO_COLOR unset or empty, TERM not "dumb").
bool wants_colour(std::FILE* stream);

/// Emphasis on terminals that want it; otherwise the text itself.
std::string bold(std::string_view text, std::FILE* stream = stdout);
std::string faint(std::string_view text, std::FILE* stream = stdout);
/// In yellow: for what deserves a second look.
std::string standing_out(std::string_view text, std::FILE* stream = stdout);

/// A result: one line on standard output.
void print_line(std::string_view line);

/// A result of many lines, each with its end.
void print_text(const std::string& text);

/// A result for programs: one line on standard output. Text that is not UTF-8, such as odd file names, is
/// made so.
void print_json(const nlohmann::ordered_json& json);

/// A message: one line on standard error.
void print_message(std::string_view line);
void print_error(std::string_view message);

/// "12,345,678"
std::string grouped(std::size_t number);

/// "94.71 %"
std::string percent(double fraction, int decimals = 2);

}  // namespace scrawl::tool
