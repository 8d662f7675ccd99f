#include "data/staged_folder.h"

#include "base/files.h"
#include "testing.h"

namespace scrawl::staged_folder_test {
namespace {

namespace fs = std::filesystem;
using test::error_of;
using test::mentions;
using test::TempFolder;

TEST(StagedFolder, AppearsWhenAllIsWritten) {
  const TempFolder folder;
  const fs::path out = folder / "some" / "out";
  {
    StagedFolder staged(out);
    make_folder(staged.path() / "a");
    write_file(staged.path() / "a" / "file", "text");
    write_file(staged.path() / "b", "text");
    EXPECT_EQ(list_folder(out), std::vector<fs::path>{staged.path()});
    staged.commit();
  }
  EXPECT_EQ(list_folder(out).size(), 2U);
  EXPECT_EQ(read_text_file(out / "a" / "file"), "text");
  EXPECT_TRUE(mentions(error_of([&] { StagedFolder again(out); }), {out.string(), "not an empty folder"}));
}

TEST(StagedFolder, LeavesNothingBehind) {
  const TempFolder folder;
  const fs::path out = folder / "out";
  for (const bool was_there : {false, true}) {
    if (was_there) make_folder(out);
    {
      const StagedFolder staged(out);
      write_file(staged.path() / "file", "text");
    }
    EXPECT_EQ(file_exists(out), was_there);
  }
  EXPECT_TRUE(list_folder(out).empty());
}

TEST(StagedFolder, TakesOverWhatAKilledProcessHasLeft) {
  const TempFolder folder;
  const fs::path out = folder / "out";
  make_folder(out / ".unfinished" / "old");
  write_file(out / ".unfinished" / "old" / "file", "half");
  {
    StagedFolder staged(out);
    EXPECT_TRUE(list_folder(staged.path()).empty());
    write_file(staged.path() / "new", "text");
    staged.commit();
  }
  EXPECT_EQ(list_folder(out), std::vector<fs::path>{out / "new"});
}

TEST(StagedFolder, OfAProcessThatWasKilledAtTheVeryEndIsNotTouched) {
  const TempFolder folder;
  make_folder(folder / "out" / ".unfinished");
  write_file(folder / "out" / "file", "text");
  EXPECT_TRUE(
      mentions(error_of([&] { StagedFolder staged(folder / "out"); }), {"not complete", "remove it"}));
  EXPECT_EQ(read_text_file(folder / "out" / "file"), "text");
}

TEST(StagedFolder, IsFilledByOneAtATime) {
  const TempFolder folder;
  StagedFolder first(folder / "out");
  write_file(first.path() / "file", "text");
  EXPECT_TRUE(mentions(error_of([&] { StagedFolder second(folder / "out"); }), {"another process"}));
  first.commit();
  EXPECT_EQ(read_text_file(folder / "out" / "file"), "text");
}

}  // namespace
}  // namespace scrawl::staged_folder_test
