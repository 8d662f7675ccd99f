#include "formats/number_table.h"
#include "fuzzing.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return scrawl::fuzz::run([&] {
    const auto text = scrawl::fuzz::as_text(data, size);
    scrawl::looks_like_number_table(text);
    const auto table = scrawl::parse_number_table(text, scrawl::fuzz::file_name);
    if (table.rows() == 0 || table.rows() * table.columns != table.values.size()) std::abort();
  });
}
