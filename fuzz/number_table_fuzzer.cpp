#include "formats/number_table.h"
#include "fuzzing.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return scrawl::fuzz::run([&] {
    const auto text = scrawl::fuzz::as_text(data, size);
    scrawl::looks_like_number_table(text);
    const auto table = scrawl::parse_number_table(text, scrawl::fuzz::file_name);
    if (table.rows() == 0 || table.rows() * table.columns != table.values.size()) std::abort();
    for (const auto& column : table.texts) {
      if (column.column >= table.columns || column.texts == 0) std::abort();
      if (!column.has_too_many() && column.indices.size() != table.rows()) std::abort();
      for (const auto index : column.indices)
        if (index >= column.names.size()) std::abort();
    }
  });
}
