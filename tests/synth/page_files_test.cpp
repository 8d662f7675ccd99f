#include "scrawl/error.h"
#include "scrawl/synth.h"

#include "base/files.h"
#include "base/json.h"
#include "base/text.h"
#include "testing.h"

#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace scrawl::page_files_test {
namespace {

TEST(PageFiles, HaveALineForEachPicture) {
  const test::TempFolder folder;
  const DrawnPages what{.count = 2, .kinds = {PageKind::sudoku, PageKind::none}};
  write_pages(folder / "pages", what);
  const std::string text = read_text_file(folder / "pages" / "labels.jsonl");
  const auto lines = split(text, '\n');
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[2], "");
  const auto sudoku = parse_json(lines[0]);
  const DrawnPage page = make_page(what, 0);
  EXPECT_EQ(sudoku["file"], "00000.png");
  EXPECT_EQ(sudoku["kind"], "sudoku");
  ASSERT_EQ(sudoku["lines"].size(), page.lines.size());
  EXPECT_EQ(sudoku["lines"][0]["text"], page.lines[0].text);
  EXPECT_EQ(sudoku["lines"][0]["digits"][0]["box"][2], page.lines[0].digits[0].box.width);
  EXPECT_EQ(sudoku["grids"][0]["rows"], 9);
  EXPECT_EQ(sudoku["grids"][0]["cells"][4].size(), 9U);
  EXPECT_EQ(lines[1], R"({"file":"00001.png","kind":"none","lines":[]})");
  EXPECT_TRUE(is_file(folder / "pages" / "00001.png"));
  EXPECT_EQ(list_folder(folder / "pages").size(), 3U);
}

TEST(PageFiles, AFolderWithSomethingInItIsRefused) {
  const test::TempFolder folder;
  write_file(folder / "mine.txt", "keep");
  EXPECT_TRUE(test::mentions(test::error_of([&] { write_pages(folder.path(), {.count = 1}); }),
                             {folder.path().string()}));
  EXPECT_EQ(read_text_file(folder / "mine.txt"), "keep");
}

}  // namespace
}  // namespace scrawl::page_files_test
