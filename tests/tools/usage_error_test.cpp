#include "base/files.h"
#include "tools/command.h"
#include "tools/small_set.h"

#include <filesystem>

#include <gtest/gtest.h>

namespace scrawl::usage_error_test {
namespace {

using test::contains;
using test::run_scrawl;

class WorkingFolder {
 public:
  explicit WorkingFolder(const std::filesystem::path& folder) { std::filesystem::current_path(folder); }
  ~WorkingFolder() { std::filesystem::current_path(before_); }
  WorkingFolder(const WorkingFolder&) = delete;
  WorkingFolder& operator=(const WorkingFolder&) = delete;

 private:
  std::filesystem::path before_ = std::filesystem::current_path();
};

void fails(const std::vector<std::string>& arguments, const std::string& problem, const std::string& help) {
  const auto result = run_scrawl(arguments);
  EXPECT_EQ(result.status, 2) << problem;
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(result.err, "scrawl: error: " + problem + "\n" + help + "\n");
}

TEST(UsageError, NamesTheFirstOptionThatIsUnknown) {
  const std::string help = "scrawl train --help lists the options";
  const std::string set =
      "; keys of the recipe are changed with --set, such as --set optimizer.learning_rate=0.2";
  fails({"train", "two-layer", "--lr", "0.2"}, "scrawl train has no option '--lr'" + set, help);
  fails({"train", "two-layer", "0.2", "--lr"}, "scrawl train has no option '--lr'" + set, help);
  fails({"train", "two-layer", "--lr=0.2", "--momentum=3"}, "scrawl train has no option '--lr'" + set, help);
  fails({"read", "x", "--lr", "0.2"}, "scrawl read has no option '--lr'",
        "scrawl read --help lists the options");
  fails({"train", "--thread", "2"}, "scrawl train has no option '--thread' (did you mean '--threads'?)",
        help);
  fails({"train", "x", "--unpack-limt", "2"},
        "scrawl train has no option '--unpack-limt' (did you mean '--unpack-limit'?)", help);
  fails({"--frob"}, "scrawl has no option '--frob'", "scrawl --help lists the commands");
  fails({"data", "--frob"}, "scrawl data has no option '--frob'", "scrawl data --help lists the commands");
}

TEST(UsageError, NamesArgumentsThatAreTooMany) {
  fails({"evaluate", "m", "one", "two"}, "scrawl evaluate takes no further argument 'one'",
        "scrawl evaluate --help lists the options");
}

TEST(UsageError, NamesUnknownCommandsAtEveryLevel) {
  fails({"reed", "x"}, "unknown command 'reed' (did you mean 'read'?)", "scrawl --help lists the commands");
  fails({"data", "gett", "mnist"}, "unknown command 'data gett' (did you mean 'get'?)",
        "scrawl data --help lists the commands");
  fails({"data"}, "scrawl data needs a command (known: get, info, convert, draw)",
        "scrawl data --help lists the commands");
  const std::string one_letter = run_scrawl({"a"}).err;
  EXPECT_TRUE(contains(one_letter, "unknown command 'a' (known: read, ")) << one_letter;
}

TEST(UsageError, NamesWhatIsMissing) {
  fails({"read"}, "scrawl read needs an argument: pictures", "scrawl read --help lists the options");
  fails({"export", "m"}, "scrawl export needs the option --to", "scrawl export --help lists the options");
}

TEST(UsageError, AFileWhoseNameLooksLikeAnOptionHasARemedy) {
  const test::TempFolder folder;
  const WorkingFolder here(folder.path());
  for (const char* name : {"-d.png", "--threads.png", "-q.png"}) {
    write_file(folder / name, "P1 1 1 0");
    const auto result = run_scrawl({"read", name});
    EXPECT_EQ(result.status, 2);
    EXPECT_TRUE(contains(result.err, std::string("; for the file of that name write ./") + name + "\n"))
        << result.err;
    EXPECT_EQ(run_scrawl({"read", std::string("./") + name}).err, "") << name;
  }
  EXPECT_FALSE(contains(run_scrawl({"read", "-e.png"}).err, "./"));
}

TEST(UsageError, AnImageIsNamedByOneNumber) {
  for (const char* index : {"0..9", "-1", "1.5", "x", "99999999999999999999"})
    fails({"evaluate", "m", std::string("--index=") + index},
          std::string("--index: '") + index +
              "' is not an image number; write one, such as 8, or look at several with scrawl show",
          "scrawl evaluate --help lists the options");
}

// A word behind an option whose value may be left out is its value only if it is a number.
TEST(UsageError, AnOptionalValueMayBeLeftOutAnywhere) {
  const test::TempFolder folder;
  const std::string data = test::write_small_set(folder / "small.npz", test::small_set());
  const std::string model = test::write_small_model(folder / "model.safetensors");
  const std::vector<std::string> rest = {"--data", data, "--part", "train", "--json"};
  const auto evaluate = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "evaluate");
    arguments.insert(arguments.end(), rest.begin(), rest.end());
    return run_scrawl(arguments);
  };
  const auto expected = evaluate({model, "--suspects=20"});
  EXPECT_EQ(expected.status, 0) << expected.err;
  EXPECT_EQ(evaluate({"--suspects", model}).out, expected.out);
  EXPECT_EQ(evaluate({model, "--suspects"}).out, expected.out);
  EXPECT_EQ(evaluate({"--suspects", "20", model}).out, expected.out);
  EXPECT_NE(evaluate({"--suspects", "3", model}).out, expected.out);
  for (const char* number : {"0", "1001", "-3", "2.5", "1e9999"}) {
    const auto result = evaluate({"--suspects", number, model});
    EXPECT_EQ(result.status, 2);
    EXPECT_TRUE(contains(result.err, "--suspects: ")) << result.err;
    EXPECT_TRUE(contains(result.err, number)) << result.err;
    EXPECT_LT(result.err.size(), 200U) << result.err;
  }
}

}  // namespace
}  // namespace scrawl::usage_error_test
