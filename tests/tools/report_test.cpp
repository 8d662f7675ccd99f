#include "tools/command.h"

#include <array>

#include <gtest/gtest.h>

namespace scrawl::report_test {
namespace {

using test::contains;
using test::run_scrawl;

class ReportCommand : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!test::has_mnist()) GTEST_SKIP() << "MNIST is not in the cache";
  }
  std::vector<std::string> train(const std::vector<std::string>& more) const {
    std::vector<std::string> arguments = {"train",   test::recipe_file("two-layer"),
                                          "--set",   "training.steps=61",
                                          "--set",   "model.initialiser=glorot",
                                          "--set",   "report.every=30",
                                          "--quiet", "--out",
                                          run};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }
  bool has(const char* name) const { return std::filesystem::exists(run + "/" + name); }

  static constexpr std::array<const char*, 4> plots = {"curves.svg", "curves.png", "confusion.svg",
                                                       "confusion.png"};
  static constexpr std::array<const char*, 3> galleries = {"digits.png", "mistakes.png", "weights.png"};
  test::TempFolder folder;
  std::string run = (folder / "run").string();
};

TEST_F(ReportCommand, TrainDrawsTheRunUnlessToldOtherwise) {
  ASSERT_EQ(run_scrawl(train({"--no-pictures"})).status, 0);
  for (const char* name : galleries) EXPECT_FALSE(has(name)) << name;
  {
    const test::TempFolder nothing;
    const test::EnvironmentGuard path("PATH", nothing.path().string());
    const auto result = run_scrawl(train({"--resume"}));  // draws what is missing, as far as it can
    EXPECT_EQ(result.status, 0);
    EXPECT_TRUE(contains(result.err, "apt install gnuplot-nox")) << result.err;
    for (const char* name : galleries) EXPECT_TRUE(has(name)) << name;
    for (const char* name : plots) EXPECT_FALSE(has(name)) << name;
  }
  if (!std::filesystem::exists("/usr/bin/gnuplot")) return;
  const auto whole = run_scrawl(train({"--overwrite"}));
  EXPECT_EQ(whole.status, 0);
  EXPECT_EQ(whole.err, "");
  for (const char* name : galleries) EXPECT_TRUE(has(name)) << name;
  for (const char* name : plots) EXPECT_TRUE(has(name)) << name;
  EXPECT_EQ(run_scrawl(train({"--overwrite", "--no-pictures"})).status, 0);
  for (const char* name : galleries) EXPECT_FALSE(has(name)) << name;
}

TEST_F(ReportCommand, CtrlCWhileDrawingLeavesAFinishedRun) {
  const test::TempFolder programs;  // a gnuplot that Ctrl-C reaches, too
  write_file(programs / "gnuplot", "#!/bin/sh\nkill -INT $PPID\nexit 130\n");
  std::filesystem::permissions(programs / "gnuplot", std::filesystem::perms::owner_all);
  const test::EnvironmentGuard path("PATH", programs.path().string());
  const auto result = run_scrawl(train({}));
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_TRUE(contains(result.out, "test accuracy"));
  EXPECT_TRUE(contains(result.err, "--resume draws them")) << result.err;
  EXPECT_FALSE(contains(result.err, "another version")) << result.err;
  EXPECT_TRUE(has("result.json"));
}

TEST_F(ReportCommand, WhatIsNoRunBesideRunsIsLeftOut) {
  ASSERT_EQ(run_scrawl(train({"--no-pictures"})).status, 0);
  const std::string page = (folder / "page.html").string();
  const auto mixed = run_scrawl({"report", run, folder.path().string(), "-o", page});
  EXPECT_EQ(mixed.status, 0) << mixed.err;
  EXPECT_TRUE(contains(mixed.err, folder.path().string() + ": is not a run")) << mixed.err;
  EXPECT_EQ(run_scrawl({"report", run, run + "-misspelt", "-o", page, "--overwrite"}).status, 4);
  EXPECT_NE(run_scrawl({"report", folder.path().string()}).status, 0);
}

TEST_F(ReportCommand, APageIsWrittenAndNotReplacedUnasked) {
  ASSERT_EQ(run_scrawl(train({})).status, 0);
  const auto first = run_scrawl({"report", run});
  EXPECT_EQ(first.status, 0) << first.err;
  EXPECT_EQ(first.out, run + "/report.html\n");
  EXPECT_TRUE(contains(read_text_file(run + "/report.html"), "Training run run"));
  const auto again = run_scrawl({"report", run});
  EXPECT_EQ(again.status, 2);
  EXPECT_TRUE(contains(again.err, "--overwrite")) << again.err;
  EXPECT_EQ(run_scrawl({"report", run, "--overwrite"}).status, 0);
  const std::string page = (folder / "both.html").string();
  EXPECT_EQ(run_scrawl({"report", run, run, "-o", page}).out, page + "\n");
  EXPECT_EQ(run_scrawl({"report", folder.path().string()}).status, 4);
}

}  // namespace
}  // namespace scrawl::report_test
