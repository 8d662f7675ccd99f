#include "base/files.h"

#include "testing.h"

#include <cstdint>
#include <cstdlib>
#include <limits>

#include <sys/stat.h>
#include <unistd.h>

namespace scrawl::files_test {
namespace {

namespace fs = std::filesystem;
using test::bytes_of;
using test::error_of;
using test::mentions;
using test::TempFolder;

std::size_t entries(const TempFolder& folder) {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()));
}

TEST(ReadFile, ReadsWhatWasWritten) {
  const TempFolder folder;
  for (const std::size_t size : {0, 1, 4095, 4096, 100'000}) {
    std::string text(size, 'x');
    for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 7);
    write_file(folder / "f", text);
    EXPECT_EQ(read_text_file(folder / "f"), text);
    EXPECT_EQ(read_file(folder / "f"), bytes_of(text));
    EXPECT_EQ(read_values(folder / "f").size(), size);
  }
}

TEST(ReadFile, ReadsFilesWithoutASize) {
  EXPECT_FALSE(read_text_file("/proc/self/status").empty());
  EXPECT_FALSE(read_text_file("/proc/self/status", std::numeric_limits<std::uint64_t>::max()).empty());
}

TEST(ReadFile, RefusesMoreThanIsAllowed) {
  const TempFolder folder;
  write_file(folder / "f", "12345");
  EXPECT_EQ(read_text_file(folder / "f", 5), "12345");
  const auto error = error_of([&] { read_file(folder / "f", 4); });
  EXPECT_EQ(error.code(), ErrorCode::bad_data);
  EXPECT_TRUE(mentions(error, {(folder / "f").string(), "4 bytes"}));
  EXPECT_EQ(error_of([] { read_text_file("/proc/self/status", 10); }).code(), ErrorCode::bad_data);
  ASSERT_EQ(::truncate((folder / "f").c_str(), std::int64_t{1} << 40), 0) << "a terabyte of nothing";
  EXPECT_EQ(error_of([&] { read_file(folder / "f"); }).code(), ErrorCode::bad_data);
}

TEST(ReadFile, SaysWhatIsWrong) {
  const TempFolder folder;
  EXPECT_EQ(error_of([&] { read_file(folder / "none"); }).code(), ErrorCode::not_found);
  const auto error = error_of([&] { read_file(folder.path()); });
  EXPECT_EQ(error.code(), ErrorCode::io);
  EXPECT_TRUE(mentions(error, {folder.path().string(), "folder"}));
}

TEST(AtomicFile, LeavesNothingWithoutCommit) {
  const TempFolder folder;
  {
    AtomicFile file(folder / "f");
    file.write("half");
    EXPECT_FALSE(fs::exists(folder / "f"));
    EXPECT_EQ(entries(folder), 1U);
  }
  EXPECT_EQ(entries(folder), 0U);
}

TEST(AtomicFile, KeepsTheOldFileUntilCommit) {
  const TempFolder folder;
  write_file(folder / "f", "old");
  {
    AtomicFile abandoned(folder / "f");
    abandoned.write("new");
  }
  EXPECT_EQ(read_text_file(folder / "f"), "old");
  AtomicFile file(folder / "f");
  file.write("ne");
  file.write("w");
  EXPECT_EQ(read_text_file(folder / "f"), "old");
  file.commit();
  EXPECT_EQ(read_text_file(folder / "f"), "new");
  EXPECT_EQ(entries(folder), 1U);
}

TEST(AtomicFile, TwoWritersDoNotMix) {
  const TempFolder folder;
  AtomicFile first(folder / "f");
  AtomicFile second(folder / "f");
  first.write("first");
  second.write("2nd");
  second.commit();
  EXPECT_EQ(read_text_file(folder / "f"), "2nd");
  first.commit();
  EXPECT_EQ(read_text_file(folder / "f"), "first");
  EXPECT_EQ(entries(folder), 1U);
}

TEST(AtomicFile, HasTheRightsOfAnOrdinaryFile) {
  const TempFolder folder;
  const mode_t mask = ::umask(027);
  write_file(folder / "f", "x");
  ::umask(mask);
  EXPECT_EQ(fs::status(folder / "f").permissions(), fs::perms{0640});
}

TEST(AtomicFile, WritesThroughASymbolicLink) {
  const TempFolder folder;
  write_file(folder / "target", "old");
  fs::create_symlink("target", folder / "link");
  write_file(folder / "link", "new");
  EXPECT_TRUE(fs::is_symlink(folder / "link"));
  EXPECT_EQ(read_text_file(folder / "target"), "new");
}

TEST(AtomicFile, DoesNotReplaceADevice) {
  const TempFolder folder;
  fs::create_symlink("/dev/null", folder / "link");
  write_file(folder / "link", "gone");
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
  EXPECT_TRUE(fs::is_symlink(folder / "link"));
  EXPECT_EQ(entries(folder), 1U);
}

TEST(AtomicFile, SaysWhatIsWrong) {
  const TempFolder folder;
  EXPECT_EQ(error_of([&] { AtomicFile file(folder / "no" / "f"); }).code(), ErrorCode::not_found);
  EXPECT_TRUE(
      mentions(error_of([&] { AtomicFile file(folder.path()); }), {folder.path().string(), "folder"}));
  write_file(folder / "f", "x");
  EXPECT_TRUE(mentions(error_of([&] { make_folder(folder / "f" / "g"); }), {"f/g"}));
}

TEST(MakeFolder, MakesParentsAndAcceptsWhatIsThere) {
  const TempFolder folder;
  make_folder(folder / "a/b/c");
  make_folder(folder / "a/b/c");
  EXPECT_TRUE(fs::is_directory(folder / "a/b/c"));
}

}  // namespace
}  // namespace scrawl::files_test
