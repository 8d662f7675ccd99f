#include "base/environment.h"

#include "base/temporaries.h"
#include "testing.h"

namespace scrawl::environment_test {
namespace {

using test::EnvironmentGuard;

TEST(Environment, AnEmptyVariableCountsAsNotSet) {
  const auto read = [](const std::optional<std::string>& value) {
    const EnvironmentGuard set("SCRAWL_TEST_VARIABLE", value);
    return environment("SCRAWL_TEST_VARIABLE");
  };
  EXPECT_EQ(read(std::nullopt), std::nullopt);
  EXPECT_EQ(read(""), std::nullopt);
  EXPECT_EQ(read("a b"), "a b");
  EXPECT_EQ(read(" "), " ");
}

TEST(Environment, AnEmptyTmpdirIsNoPlaceForTemporaryFolders) {
  const EnvironmentGuard empty("TMPDIR", "");
  const TemporaryFolder folder;
  EXPECT_TRUE(folder.path().is_absolute()) << folder.path();
  EXPECT_TRUE(std::filesystem::is_directory(folder.path()));
}

}  // namespace
}  // namespace scrawl::environment_test
