#include "base/file_system.h"

#include "base/files.h"
#include "testing.h"

#include <algorithm>

#include <unistd.h>

namespace scrawl::file_system_test {
namespace {

namespace fs = std::filesystem;
using test::error_of;
using test::mentions;
using test::TempFolder;

/// A folder that nobody but root may read, seen with the rights of nobody where this runs as root.
class LockedFolder {
 public:
  explicit LockedFolder(fs::path folder) : folder_(std::move(folder)) {
    fs::create_directories(folder_ / "inside");
    fs::permissions(folder_.parent_path(), fs::perms::all);  // mkdtemp's would be in the way before
    fs::permissions(folder_, fs::perms::none);
    constexpr uid_t nobody = 65534;
    if (::geteuid() == 0) is_root_ = ::seteuid(nobody) == 0;
  }
  ~LockedFolder() {
    const int problem = is_root_ ? ::seteuid(0) : 0;
    EXPECT_EQ(problem, 0);
    fs::permissions(folder_, fs::perms::owner_all);
  }
  LockedFolder(const LockedFolder&) = delete;
  LockedFolder& operator=(const LockedFolder&) = delete;

 private:
  fs::path folder_;
  bool is_root_ = false;
};

TEST(FileSystem, TellsWhatIsThere) {
  const TempFolder folder;
  write_file(folder / "file", "text");
  make_folder(folder / "one" / "two");
  fs::create_symlink("file", folder / "link");
  fs::create_symlink("circle", folder / "circle");
  EXPECT_TRUE(file_exists(folder / "file"));
  EXPECT_TRUE(is_file(folder / "link"));
  EXPECT_TRUE(is_folder(folder / "one" / "two"));
  EXPECT_FALSE(is_file(folder / "one"));
  EXPECT_FALSE(is_folder(folder / "file"));
  EXPECT_TRUE(is_same_file(folder / "file", folder / "one" / ".." / "link"));
  EXPECT_FALSE(is_same_file(folder / "file", folder / "none"));
}

TEST(FileSystem, WhatNoNameCanLeadToIsNotThere) {
  const TempFolder folder;
  write_file(folder / "file", "text");
  fs::create_symlink("circle", folder / "circle");
  for (const fs::path& name : {folder / "none", folder / std::string(300, 'a'), folder / "circle",
                               folder / "file" / "below", fs::path()}) {
    EXPECT_FALSE(file_exists(name)) << name;
    EXPECT_FALSE(is_file(name)) << name;
    EXPECT_FALSE(is_folder(name)) << name;
  }
}

TEST(FileSystem, WhatCannotBeToldIsAnErrorWithTheName) {
  const TempFolder folder;
  const fs::path locked = folder / "locked";
  const LockedFolder guard(locked);
  EXPECT_TRUE(mentions(error_of([&] { list_folder(locked); }), {locked.string(), "Permission denied"}));
  EXPECT_TRUE(
      mentions(error_of([&] { file_exists(locked / "inside" / "x"); }), {"inside", "Permission denied"}));
  EXPECT_EQ(error_of([&] { is_folder(locked / "inside"); }).code(), ErrorCode::io);
}

TEST(FileSystem, ListsAFolderUpToALimit) {
  const TempFolder folder;
  EXPECT_TRUE(list_folder(folder.path()).empty());
  for (const char* name : {"b", "a", ".hidden"}) write_file(folder / name, "");
  auto entries = list_folder(folder.path());
  std::sort(entries.begin(), entries.end());
  EXPECT_EQ(entries, (std::vector<fs::path>{folder / ".hidden", folder / "a", folder / "b"}));
  EXPECT_EQ(list_folder(folder.path(), 3).size(), 3U);
  EXPECT_TRUE(mentions(error_of([&] { list_folder(folder.path(), 2); }), {"more than 2 files"}));
  EXPECT_EQ(error_of([&] { list_folder(folder / "none"); }).code(), ErrorCode::not_found);
  EXPECT_TRUE(mentions(error_of([&] { list_folder(folder / "a"); }), {"cannot be read as a folder"}));
}

TEST(FileSystem, RemovesAndRenames) {
  const TempFolder folder;
  make_folder(folder / "full" / "deep");
  write_file(folder / "full" / "deep" / "file", "text");
  EXPECT_EQ(error_of([&] { remove_file(folder / "full"); }).code(), ErrorCode::io);
  remove_if_empty(folder / "full");
  EXPECT_TRUE(is_folder(folder / "full"));
  rename_file(folder / "full", folder / "moved");
  EXPECT_TRUE(is_file(folder / "moved" / "deep" / "file"));
  EXPECT_TRUE(
      mentions(error_of([&] { rename_file(folder / "none", folder / "x"); }), {"none", "cannot take"}));
  remove_quietly(folder / "moved");
  remove_quietly(folder / "moved");
  remove_file(folder / "moved");  // what is not there needs no removing
  EXPECT_TRUE(list_folder(folder.path()).empty());
  EXPECT_EQ(error_of([&] { make_folder(folder / std::string(300, 'a')); }).code(), ErrorCode::io);
}

TEST(FileSystem, MakesPathsAbsolute) {
  const TempFolder folder;
  write_file(folder / "file", "text");
  fs::create_symlink("file", folder / "link");
  EXPECT_EQ(absolute_path("/a/./b/../c"), "/a/c");
  EXPECT_EQ(real_path(folder / "link"), fs::canonical(folder / "file"));
  EXPECT_EQ(real_path("/no/such/thing"), "/no/such/thing");
  const test::EnvironmentGuard guard("TMPDIR", "/no/such/place");
  EXPECT_TRUE(mentions(error_of([] { temporary_place(); }), {"temporary files", "TMPDIR"}));
}

}  // namespace
}  // namespace scrawl::file_system_test
