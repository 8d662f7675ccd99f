#include "base/files.h"
#include "tools/command.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace scrawl::make_pages_test {
namespace {

using test::contains;
using test::run_scrawl;

TEST(MakePages, WritesPicturesAndTheirLabels) {
  const test::TempFolder folder;
  const std::string out = (folder / "pages").string();
  const std::vector<std::string> arguments = {"make-pages", "--digits", "strokes", "--count", "3",
                                              "--kind",     "lined",    "--kind",  "none",    "--out"};
  const auto with = [&](const std::string& name) {
    auto all = arguments;
    all.push_back(name);
    return all;
  };
  const auto result = run_scrawl(with(out));
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(result.out, out + ": 3 pages and labels.jsonl written\n");
  const std::string labels = read_text_file(folder / "pages" / "labels.jsonl");
  EXPECT_EQ(std::count(labels.begin(), labels.end(), '\n'), 3);
  EXPECT_TRUE(contains(labels, R"({"file":"00001.png","kind":"none","lines":[]})")) << labels;
  // The same command makes the same files.
  const std::string again = (folder / "again").string();
  ASSERT_EQ(run_scrawl(with(again)).status, 0);
  EXPECT_EQ(read_file(folder / "again" / "00002.png"), read_file(folder / "pages" / "00002.png"));
  EXPECT_EQ(read_text_file(folder / "again" / "labels.jsonl"), labels);
}

TEST(MakePages, RefusesAFolderThatIsNotEmpty) {
  const test::TempFolder folder;
  write_file(folder / "mine.txt", "keep");
  const auto result = run_scrawl({"make-pages", "--out", folder.path().string(), "--digits", "strokes"});
  EXPECT_EQ(result.status, 2);
  EXPECT_TRUE(contains(result.err, "is not an empty folder; give --out another name")) << result.err;
  EXPECT_EQ(list_folder(folder.path()).size(), 1U);
}

TEST(MakePages, NamesTheOptionOrTheFileThatIsWrong) {
  const test::TempFolder folder;
  const auto fails = [&](const std::vector<std::string>& more, int status, const std::string& message) {
    std::vector<std::string> arguments = {"make-pages", "--out", (folder / "x").string(), "--count", "1"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const auto result = run_scrawl(arguments);
    EXPECT_EQ(result.status, status) << result.err;
    EXPECT_TRUE(contains(result.err, message)) << result.err;
    EXPECT_FALSE(file_exists(folder / "x"));
  };
  fails({"--kind", "linde"}, 2, "unknown kind of page 'linde' (did you mean 'lined'?)");
  fails({"--touching", "2"}, 2, "--touching");
  fails({"--count", "0"}, 2, "--count");
  fails({"--digits", "strokes", "--fonts", (folder / "none.ttf").string()}, 4, "none.ttf");
  fails({"--digits", "strokes", "--fonts", "/etc/hostname"}, 3, "TrueType");
  fails({"--digits", (folder / "none.npz:train").string()}, 4, "none.npz");
}

}  // namespace
}  // namespace scrawl::make_pages_test
