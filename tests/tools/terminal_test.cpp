#include "base/files.h"
#include "tools/command.h"
#include "tools/small_set.h"

#include <cctype>

#include <gtest/gtest.h>

namespace scrawl::terminal_test {
namespace {

using test::contains;
using test::run_scrawl;

/// What a terminal would obey: an escape sequence that clears the screen, the control character that begins
/// one as Latin 1 and as UTF-8 have it, a line end, and a mark that turns the direction of writing around.
constexpr const char* hostile =
    "\x1b[2J\x9b\xc2\x9b"
    "31m\n\xe2\x80\xae";
/// The same for a model file, which holds UTF-8 alone.
constexpr const char* hostile_utf8 =
    "\x1b[2J\xc2\x9b"
    "31m\n\xe2\x80\xae";
constexpr const char* cat = "\xe7\x8c\xab";

::testing::AssertionResult is_fit_for_a_terminal(const std::string& text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool control = (byte < 0x20 && byte != '\n' && byte != '\t') || byte == 0x7f;
    const bool latin = byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0;
    const bool lone = byte == 0x9b && (i == 0 || static_cast<unsigned char>(text[i - 1]) < 0x80);
    if (control || latin || lone || text.compare(i, 3, "\xe2\x80\xae") == 0)
      return ::testing::AssertionFailure() << "byte " << i << " of:\n" << text;
  }
  return ::testing::AssertionSuccess();
}

class HostileText : public ::testing::Test {
 protected:
  /// Runs the command; what it prints is fit for a terminal.
  test::CommandResult run(const std::vector<std::string>& arguments, int status) const {
    auto result = run_scrawl(arguments);
    EXPECT_EQ(result.status, status) << arguments[0] << ": " << result.err;
    EXPECT_TRUE(is_fit_for_a_terminal(result.out)) << arguments[0];
    EXPECT_TRUE(is_fit_for_a_terminal(result.err)) << arguments[0];
    EXPECT_TRUE(contains(result.out + result.err, "2J")) << arguments[0] << " hides what it is about\n"
                                                         << result.out << result.err;
    return result;
  }
  std::string path(const std::string& ending) const { return (folder / (hostile + ending)).string(); }

  /// Three folders of pictures whose names are classes.
  std::string pictures() const {
    const auto root = folder / (std::string(hostile) + "set");
    std::vector<DataPart> parts;
    parts.push_back({.data = test::small_set()});
    write_data(root, DataFormat::pictures, parts);
    for (const auto& [digit, name] : {std::pair<std::string, std::string>{"1", cat}, {"2", hostile_utf8}})
      for (const auto& entry : std::filesystem::recursive_directory_iterator(root))
        if (entry.is_directory() && entry.path().filename() == digit) {
          std::filesystem::rename(entry.path(), entry.path().parent_path() / name);
          break;
        }
    return root.string();
  }
  /// A model that knows these classes.
  std::string model() const {
    ModelInfo info;
    info.classes = {"0", hostile_utf8, cat};
    save_model(path("m.safetensors"), Network(parse_model("28x28 > dense 3")), info);
    return path("m.safetensors");
  }
  test::TempFolder folder;
};

TEST_F(HostileText, NamesOfFilesAndClassesAreEscapedInResults) {
  const std::string set = pictures();
  const std::string model = this->model();
  EXPECT_TRUE(contains(run({"data", "info", set}, 0).out, cat));
  EXPECT_TRUE(contains(run({"show", set}, 0).out, cat));
  run({"show", set, "-o", path(".png")}, 0);
  EXPECT_TRUE(contains(run({"evaluate", model, "--data", set}, 0).out, cat));
  run({"evaluate", model, "--data", set, "--index", "0"}, 0);
  run({"evaluate", model, "--data", set, "--suspects", "-o", path("suspects.png")}, 0);
  run({"info", model}, 0);
  run({"export", model, "--to", "npz", "-o", path("m.npz")}, 0);
  run({"join", model, model, "-o", path("both.safetensors")}, 0);
  run({"data", "convert", set, path("out.npz")}, 0);
}

TEST_F(HostileText, JsonIsAsciiWhereTextIsHostile) {
  run({"data", "info", pictures(), "--json"}, 0);
  run({"info", model(), "--json"}, 0);
}

TEST_F(HostileText, ErrorsAreEscapedToo) {
  const std::string none = path("none");
  run({"read", none}, 4);
  run({"info", none}, 4);
  run({"data", "info", none}, 4);
  run({"train", none + ".toml"}, 4);
  run({"evaluate", none}, 4);
  run({"import", none}, 4);
  run({"report", none}, 4);
  run({hostile}, 2);
  run({"train", "two-layer", std::string("--") + hostile}, 2);
  run({"train", "two-layer", "--set", hostile}, 2);
  run({"train", "two-layer", "--threads", hostile}, 2);
  run({"show", "mnist", "--index", hostile}, 2);
  write_file(path(".pkl"), std::string("\x80\x02") + hostile);
  run({"import", path(".pkl")}, 3);
}

TEST_F(HostileText, RecipesAreEscapedInWhatTheyPrint) {
  std::vector<DataPart> parts;
  for (const Part part : {Part::train, Part::test})
    parts.push_back({.part = part, .data = test::small_set()});
  const std::string set = (folder / "small.npz").string();
  write_data(set, DataFormat::npz, parts);
  const std::string recipe = path(".toml");
  const std::string rest = R"('
[model]
layers = "3x3 > dense 3"
[loss]
kind = "multiclass-hinge"
[optimizer]
kind = "sgd"
learning_rate = 0.1
[training]
steps = 3
[report]
final = ["one\nand\ttwo \u001b[2J\u202e"]
)";
  write_file(recipe, "name = \"a\\u001b[2J\"\nsource = \"\\u009b2J\"\n[data]\nname = '" + set + rest);
  run({"info", recipe}, 0);
  const auto trained = run({"train", recipe, "--out", path("run"), "--no-pictures"}, 0);
  EXPECT_TRUE(contains(trained.out, "one\nand\ttwo \\x1b[2J")) << trained.out;
  const auto again = run({"train", recipe, "--out", path("run"), "--resume", "--json", "--no-pictures"}, 0);
  EXPECT_TRUE(contains(again.out, "\"recipe\":\"a\\u001b[2J\"")) << again.out;
  run({"report", path("run")}, 0);
}

}  // namespace
}  // namespace scrawl::terminal_test
