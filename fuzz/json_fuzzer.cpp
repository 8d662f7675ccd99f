#include "base/json.h"
#include "fuzzing.h"

#include <nlohmann/json.hpp>

// Besides: what was read is written so that it reads the same again. Its errors name no file; callers do.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = scrawl::fuzz::as_text(data, size);
  try {
    const auto value = scrawl::parse_json(text);
    if (scrawl::parse_json(scrawl::dump_json(value)) != value) std::abort();
  } catch (const scrawl::Error&) {
  }
  scrawl::dump_json(nlohmann::json(text));  // not UTF-8, most of it
  return 0;
}
