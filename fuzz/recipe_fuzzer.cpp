#include "scrawl/recipe.h"

#include "fuzzing.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return scrawl::fuzz::run([&] {
    const auto recipe = scrawl::parse_recipe(scrawl::fuzz::as_text(data, size), scrawl::fuzz::file_name);
    scrawl::parse_recipe(scrawl::to_toml(recipe), scrawl::fuzz::file_name);
  });
}
