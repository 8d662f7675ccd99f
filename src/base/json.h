#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

namespace scrawl {

/// What a JSON text from a file may be at most. A parsed value takes many times the memory of its text.
struct JsonLimits {
  std::size_t most_bytes = std::size_t{1} << 20;
  std::size_t most_depth = 16;       ///< arrays and objects inside each other
  std::size_t most_values = 10'000;  ///< keys count as well
};

/// Of a run's result.json, with its author's lines: one for each evaluation.
constexpr JsonLimits result_json_limits = {.most_bytes = std::size_t{1} << 26, .most_values = 1'000'000};

/// The only way that scrawl reads JSON into values. Takes at most about 200 bytes of memory for each value,
/// and three times the text; stops where a limit is exceeded. Throws Error(bad_data) without a file name, for
/// the caller to put a place before: "is not valid JSON", "is JSON nested more than 16 deep".
nlohmann::json parse_json(std::string_view text, const JsonLimits& limits = {});

/// The value on one line. Bytes that are not UTF-8, such as those of odd file names, become U+FFFD.
std::string dump_json(const nlohmann::json& value);
std::string dump_json(const nlohmann::ordered_json& value);
/// The same with every character beyond ASCII escaped.
std::string dump_ascii_json(const nlohmann::ordered_json& value);

}  // namespace scrawl
