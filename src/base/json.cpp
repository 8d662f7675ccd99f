#include "base/json.h"

#include "scrawl/error.h"

#include <nlohmann/json.hpp>

namespace scrawl {
namespace {

using Json = nlohmann::json;

template <class Value>
std::string dump(const Value& value, bool ascii = false) {
  return value.dump(-1, ' ', ascii, Value::error_handler_t::replace);
}

}  // namespace

Json parse_json(std::string_view text, const JsonLimits& limits) {
  const auto fail = [](const std::string& why) { return Error(ErrorCode::bad_data, why); };
  if (text.size() > limits.most_bytes)
    throw fail("is " + std::to_string(text.size()) + " bytes of JSON, and at most " +
               std::to_string(limits.most_bytes) + " are allowed");
  std::size_t values = 0;
  const Json::parser_callback_t check = [&](int depth, Json::parse_event_t event, const Json&) {
    using Event = Json::parse_event_t;
    if (event == Event::array_end || event == Event::object_end) return true;
    if ((event == Event::array_start || event == Event::object_start) &&
        static_cast<std::size_t>(depth) >= limits.most_depth)
      throw fail("is JSON nested more than " + std::to_string(limits.most_depth) + " deep");
    if (++values > limits.most_values)
      throw fail("is JSON with more than " + std::to_string(limits.most_values) + " values");
    return true;
  };
  try {
    return Json::parse(text, check);
  } catch (const Json::exception&) {
    throw fail("is not valid JSON");
  }
}

std::string dump_json(const nlohmann::json& value) { return dump(value); }
std::string dump_json(const nlohmann::ordered_json& value) { return dump(value); }
std::string dump_ascii_json(const nlohmann::ordered_json& value) { return dump(value, true); }

}  // namespace scrawl
