#include "scrawl/data_files.h"

#include "tools/command.h"

#include <chrono>
#include <thread>

#include <gtest/gtest.h>

namespace scrawl::data_test {
namespace {

namespace fs = std::filesystem;
using test::Command;
using test::contains;
using test::run_scrawl;

void wait_for(const fs::path& path) {
  for (int i = 0; i < 20000 && !fs::exists(path); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  ASSERT_TRUE(fs::exists(path)) << path;
}

/// An entry of a folder whose name begins like this, and that is not `old`, once there is one.
fs::path wait_for_entry(const fs::path& folder, const std::string& beginning, const fs::path& old) {
  for (int i = 0; i < 20000; ++i) {
    if (fs::exists(folder))
      for (const auto& entry : fs::directory_iterator(folder))
        if (entry.path() != old && entry.path().filename().string().starts_with(beginning))
          return entry.path();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  ADD_FAILURE() << "no " << beginning << " in " << folder;
  return {};
}

class InterruptedConversion : public ::testing::Test {
 protected:
  void SetUp() override {
    Dataset data{.shape = {1, 28, 28}, .classes = 10};
    std::uint32_t noise = 1;  // so that the file is not so small that it looks like an attack
    for (std::size_t i = 0; i < images * 784; ++i)
      data.images.push_back(static_cast<std::uint8_t>((noise = noise * 1664525 + 1013904223) >> 24));
    for (std::size_t i = 0; i < images; ++i) data.labels.push_back(static_cast<std::uint8_t>(i % 10));
    std::vector<DataPart> parts(2, {.part = Part::train, .data = data});
    parts[1].part = Part::test;
    write_data(folder / "set.npz", DataFormat::npz, parts);
    fs::create_directory(folder / "command");
  }
  /// Interrupts the writing of pictures.
  int interrupted_by(int signal) {
    Command command(arguments(), folder / "command");
    wait_for(out / ".unfinished");
    command.signal(signal);
    return command.wait();
  }
  std::vector<std::string> arguments() const {
    return {"data", "convert", (folder / "set.npz").string(), out.string(), "--to", "pictures"};
  }

  static constexpr std::size_t images = 8000;
  test::TempFolder folder;
  fs::path out = folder / "out";
};

TEST_F(InterruptedConversion, LeavesNothingAndCanBeRepeated) {
  EXPECT_EQ(interrupted_by(SIGINT), 128 + SIGINT);
  EXPECT_FALSE(fs::exists(out));
  EXPECT_EQ(interrupted_by(SIGTERM), 128 + SIGTERM);
  EXPECT_FALSE(fs::exists(out));
  EXPECT_EQ(interrupted_by(SIGKILL), 128 + SIGKILL);
  EXPECT_TRUE(fs::exists(out / ".unfinished"));
  const auto again = run_scrawl(arguments());
  EXPECT_EQ(again.status, 0) << again.err;
  EXPECT_FALSE(fs::exists(out / ".unfinished"));
  EXPECT_EQ(read_data(out.string()).find(Part::test)->size(), images);
}

/// `data get` with a curl that delivers nothing, for as long as one lets it.
class InterruptedDownload : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"bin", "cache", "tmp", "command"}) fs::create_directory(folder / name);
    add_curl("#!/bin/sh\n: > started\nsleep 1000\n");
  }
  void add_curl(const char* script) {
    write_file(folder / "bin" / "curl", script);
    fs::permissions(folder / "bin" / "curl", fs::perms::owner_all);
  }
  int interrupted_by(int signal) {
    Command command({"data", "get", "mnist"}, folder / "command");
    scratch = wait_for_entry(cache, ".fetching-", scratch);
    wait_for(scratch / "started");
    command.signal(signal);
    return command.wait();
  }
  void expect_no_leftovers() const {
    EXPECT_TRUE(fs::is_empty(folder / "tmp"));
    EXPECT_TRUE(fs::is_empty(cache));
  }

  test::TempFolder folder;
  fs::path cache = folder / "cache" / "scrawl" / "mnist";
  fs::path scratch;  // of the last process
  test::EnvironmentGuard path{"PATH", (folder / "bin").string() + ":/usr/bin:/bin"};
  test::EnvironmentGuard caches{"XDG_CACHE_HOME", (folder / "cache").string()};
  test::EnvironmentGuard temporaries{"TMPDIR", (folder / "tmp").string()};
};

TEST_F(InterruptedDownload, LeavesNothing) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    EXPECT_EQ(interrupted_by(signal), 128 + signal);
    expect_no_leftovers();
  }
}

TEST_F(InterruptedDownload, ThatWasKilledIsClearedAwayByTheNext) {
  EXPECT_EQ(interrupted_by(SIGKILL), 128 + SIGKILL);
  EXPECT_FALSE(fs::is_empty(cache));
  write_file(cache / "train-images-idx3-ubyte.tmp-1-0", "half a file");
  EXPECT_EQ(interrupted_by(SIGINT), 128 + SIGINT);
  expect_no_leftovers();
}

TEST(DataDraw, WritesDigitsThatAreReadBack) {
  test::TempFolder folder;
  const std::string file = (folder / "drawn.npz").string();
  const auto result = run_scrawl({"data", "draw", file, "--digits", "40"});
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_TRUE(contains(result.out, "40 images of 28x28")) << result.out;
  const DataFiles files = read_data(file);
  EXPECT_EQ(files.parts.at(0).data.size(), 40U);
  EXPECT_EQ(files.parts[0].data.labels[13], 3);
  const auto nothing = run_scrawl({"data", "draw", file, "--digits", "0", "--overwrite"});
  EXPECT_EQ(nothing.status, 2);
  EXPECT_TRUE(contains(nothing.err, "--digits")) << nothing.err;
  const auto font = run_scrawl({"data", "draw", (folder / "b.npz").string(), "--font", "/etc/hostname"});
  EXPECT_EQ(font.status, 3);
  EXPECT_TRUE(contains(font.err, "TrueType")) << font.err;
}

TEST(FileNamesOfData, ThatAreTooLongAreAnErrorLikeOthers) {
  const std::string name(300, 'a');
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
           {"data", "info", name + "/x"},
           {"data", "info", name + ".csv"},
           {"data", "convert", name + ".npz", "x.npz"},
           {"train", name},
           {"train", test::recipe_file("two-layer"), "--resume", "--out", name},
           {"train", test::recipe_file("two-layer"), "--data", name + "/"},
           {"evaluate", name},
           {"report", name},
           {"read", name},
           {"info", name}}) {
    const auto result = run_scrawl(arguments);
    EXPECT_EQ(result.status, 4) << result.err;
    EXPECT_TRUE(contains(result.err, name.substr(0, 50))) << result.err;
    EXPECT_FALSE(contains(result.err, "filesystem error")) << result.err;
  }
}

}  // namespace
}  // namespace scrawl::data_test
