#include "scrawl/report.h"

#include "scrawl/run.h"

#include "plots.h"
#include "train/synthetic.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

namespace scrawl::report_test {
namespace {

using test::mentions;

using std::filesystem::path;
using test::contains;

class Report : public ::testing::Test {
 protected:
  path train(const std::string& name, std::uint64_t seed = 1, std::uint64_t most_steps = 1000) {
    Recipe recipe = test::small_recipe();
    recipe.seed = seed;
    RunCallbacks callbacks;
    callbacks.on_step = [&](const StepInfo& info) {
      return info.step >= most_steps ? Flow::stop : Flow::go_on;
    };
    run_recipe(recipe, *data, {.folder = folder / name, .threads = 1}, callbacks);
    return folder / name;
  }
  std::vector<path> draw(const path& run) {
    const Model model = load_model(run / "model.safetensors");
    return draw_run({.folder = run, .model = model, .test = data->test, .threads = 1});
  }

  std::unique_ptr<TrainingData> data = test::synthetic_data();
  test::TempFolder folder;
};

TEST_F(Report, ARunIsDrawnIntoItsFolder) {
  if (!test::has_gnuplot()) GTEST_SKIP() << "gnuplot is not installed";
  const path run = train("run");
  EXPECT_TRUE(lacks_pictures(run));
  const auto files = draw(run);
  EXPECT_FALSE(lacks_pictures(run));
  EXPECT_GE(files.size(), 6U);  // the network may read every image rightly
  for (const auto& file : files) EXPECT_GT(std::filesystem::file_size(file), 500U) << file;
  EXPECT_TRUE(contains(read_text_file(run / "curves.svg"), ">validation<"));
  // Other training in this folder takes the pictures away.
  Recipe recipe = test::small_recipe();
  run_recipe(recipe, *data, {.folder = run, .overwrite = true, .threads = 1});
  for (const auto& file : files) EXPECT_FALSE(std::filesystem::exists(file)) << file;
}

TEST_F(Report, WithoutGnuplotTheGalleriesAreThereAndThePageToo) {
  const test::TempFolder nothing;
  const test::EnvironmentGuard search("PATH", nothing.path().string());
  const path run = train("run");
  EXPECT_EQ(test::error_of([&] { draw(run); }).code(), ErrorCode::not_found);
  EXPECT_TRUE(std::filesystem::exists(run / "digits.png"));
  EXPECT_TRUE(std::filesystem::exists(run / "weights.png"));
  EXPECT_FALSE(std::filesystem::exists(run / "curves.svg"));
  EXPECT_TRUE(lacks_pictures(run));
  const ReportPage page = report_page({run});
  ASSERT_TRUE(page.missing);
  EXPECT_TRUE(contains(page.html, "apt install gnuplot-nox"));
  EXPECT_TRUE(contains(page.html, "--resume draws them"));
  EXPECT_TRUE(contains(page.html, "data:image/png;base64,iVBOR"));
}

TEST_F(Report, AModelWithoutNamesOfClassesIsNotDrawn) {
  const path run = train("run");
  Model model = load_model(run / "model.safetensors");
  model.only().info.classes.pop_back();
  const Error error = test::error_of([&] { draw_run({.folder = run, .model = model, .test = data->test}); });
  EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
  EXPECT_TRUE(mentions(error, {"4 outputs", "3 classes", "numbered_classes()"}));
}

// Pictures have no letters but those of ASCII: a "?" or a box in their place would tell nothing.
TEST_F(Report, ClassesWithOtherNamesStandInPicturesByNumberAndTheLegendNamesThem) {
  if (!test::has_gnuplot()) GTEST_SKIP() << "gnuplot is not installed";
  const path run = train("run");
  EXPECT_FALSE(contains(report_page({run}).html, "In the pictures"));
  Model model = load_model(run / "model.safetensors");
  const auto draw_with = [&](std::vector<std::string> classes) {
    model.only().info.classes = std::move(classes);
    return draw_run({.folder = run, .model = model, .test = data->test, .threads = 1});
  };
  draw_with({"#0", "one", "#2", "3"});
  EXPECT_FALSE(std::filesystem::exists(run / "classes.txt"));
  const Bytes digits = read_file(run / "digits.png");
  const auto files = draw_with({"\xe7\x8c\xab", "one", "\xd9\x82\xd8\xb7\xd8\xa9\n", "3"});
  EXPECT_EQ(read_text_file(run / "classes.txt"), "#0: \xe7\x8c\xab\n#2: \xd9\x82\xd8\xb7\xd8\xa9\\x0a\n");
  EXPECT_NE(std::find(files.begin(), files.end(), run / "classes.txt"), files.end());
  EXPECT_EQ(read_file(run / "digits.png"), digits) << "drawn as #0 and #2";
  EXPECT_TRUE(contains(read_text_file(run / "confusion.svg"), "\xe7\x8c\xab")) << "in SVG names are text";
  EXPECT_TRUE(contains(report_page({run}).html,
                       "<p>In the pictures, #0 is \xe7\x8c\xab, #2 is \xd9\x82\xd8\xb7\xd8\xa9\\x0a.</p>"));
}

TEST_F(Report, TheReferenceHasItsSource) {
  Recipe recipe = test::small_recipe();
  recipe.expect.reference = 0.9154;
  recipe.expect.reference_source = "<author>";
  run_recipe(recipe, *data, {.folder = folder / "run", .threads = 1});
  EXPECT_TRUE(contains(report_page({folder / "run"}).html, "<td>91.54 % (&lt;author&gt;)</td>"));
  EXPECT_FALSE(contains(report_page({train("other")}).html, "Reference"));
}

TEST_F(Report, ThePageComparesRuns) {
  if (!test::has_gnuplot()) GTEST_SKIP() << "gnuplot is not installed";
  const path one = train("one");
  draw(one);
  const path two = train("two", 7);
  const path early = train("early", 3, 20);
  const ReportPage page = report_page({one, two / "", early});
  EXPECT_FALSE(page.missing);
  for (const char* text :
       {"3 training runs compared", "<th scope=\"col\">two</th>", "not finished; 20 steps so far",
        "<th scope=\"row\">seed</th>", "<code>7</code>", "class=\"legend\"", "<summary>Recipe</summary>",
        "alt=\"Confusion matrix", "prefers-color-scheme: dark", "6x5 &gt; dense 16"})
    EXPECT_TRUE(contains(page.html, text)) << text;
  for (const char* text : {"http://", "https://", "<script", "<th scope=\"row\">model.layers</th>"})
    EXPECT_FALSE(contains(page.html, text)) << text;
  EXPECT_EQ(report_page({one, two / "", early}).html, page.html);

  const ReportPage alone = report_page({one});
  EXPECT_TRUE(contains(alone.html, "<h1>Training run one</h1>"));
  EXPECT_FALSE(contains(alone.html, "What differs"));
}

TEST_F(Report, NamesAreEscaped) {
  Recipe recipe = test::small_recipe();
  recipe.source = "<script>alert(\"1\")</script>";
  std::vector<path> runs;
  for (const auto& name : test::hostile_names()) {
    std::string file = name;
    std::replace(file.begin(), file.end(), '/', '|');  // cannot stand in a file's name
    if (name[0] != '\xff') recipe.name = name;         // a model file takes UTF-8 only
    runs.push_back(folder / ("run " + file));
    run_recipe(recipe, *data, {.folder = runs.back(), .threads = 1});
  }
  const ReportPage page = report_page(runs);
  EXPECT_TRUE(contains(page.html, "&lt;script&gt;alert(&quot;1&quot;)") ||
              contains(page.html, "&lt;script&gt;alert(\\&quot;1\\&quot;)"));
  EXPECT_FALSE(contains(page.html, "<script"));
  EXPECT_FALSE(contains(page.html, "\xff"));
  EXPECT_TRUE(contains(page.html, "run two\\x0alines"));
  EXPECT_FALSE(std::filesystem::exists("hacked"));
}

TEST_F(Report, AHundredRunsMakeAPageOfUsualSize) {
  const path run = train("run");
  std::vector<path> runs(100, run);
  if (test::has_gnuplot()) draw(run);
  const ReportPage page = report_page(runs);
  EXPECT_LT(page.html.size(), 12U << 20);
  EXPECT_TRUE(contains(page.html, "first 12 of 100 runs"));
  EXPECT_TRUE(contains(page.html, "The first 8 runs are in colours, the 92 others in grey"));
}

TEST_F(Report, WhereGnuplotFailsThePageSaysSo) {
  const test::TempFolder programs;
  write_file(programs / "gnuplot", "#!/bin/sh\necho it has no fonts\nexit 1\n");
  std::filesystem::permissions(programs / "gnuplot", std::filesystem::perms::owner_all);
  const test::EnvironmentGuard search("PATH", programs.path().string());
  const ReportPage page = report_page({train("run")});
  ASSERT_TRUE(page.missing);
  EXPECT_TRUE(contains(page.html, "it has no fonts"));
  EXPECT_TRUE(contains(page.html, "Test accuracy"));
}

TEST_F(Report, AHostileFolderNeitherStallsThePageNorPutsOtherFilesIntoIt) {
  const path run = train("run");
  write_file(folder / "secret", "# a secret: 1\n#x: secret: 2\n#: secret: 3\n");
  for (const char* name : {"curves.svg", "confusion.svg", "digits.png", "weights.png", "classes.txt"})
    std::filesystem::create_symlink(folder / "secret", run / name);
  for (const char* name : {"metrics.csv", "result.json"}) {
    std::filesystem::remove(run / name);
    ASSERT_EQ(::mkfifo((run / name).c_str(), 0600), 0);
  }
  EXPECT_FALSE(contains(report_page({run}).html, "base64"));
  EXPECT_FALSE(contains(report_page({run}).html, "secret:"));
  std::string keys;
  for (int i = 0; i < 2000; ++i) keys += std::to_string(i) + ".key = 1\n";
  write_file(run / "recipe.toml", keys);
  EXPECT_TRUE(mentions(test::error_of([&] { report_page({run}); }), {"recipe.toml", "1000 keys"}));
}

TEST_F(Report, ARecipeOfAnotherProgramIsShown) {
  const path run = train("run", 1, 20);
  std::string text = read_text_file(run / "recipe.toml");
  text.replace(text.find("> relu >"), 8, "> swish >");  // a layer of the program's own
  write_file(run / "recipe.toml", text + "new_key = [1, 2]\n");
  const std::string html = report_page({run, train("other", 1, 20)}).html;
  for (const char* shown : {"dense 16 &gt; swish &gt;", "<th scope=\"row\">model.layers</th>"})
    EXPECT_TRUE(contains(html, shown)) << shown;
  write_file(run / "recipe.toml", "name = ");
  EXPECT_EQ(test::error_of([&] { report_page({run}); }).code(), ErrorCode::bad_data);
}

TEST_F(Report, WhatIsNoRunIsNamedWithTheRemedy) {
  const Error none = test::error_of([&] { report_page({folder.path()}); });
  EXPECT_EQ(none.code(), ErrorCode::not_found);
  EXPECT_TRUE(mentions(none, {folder.path().string(), "recipe.toml", "scrawl train"}));
  EXPECT_EQ(test::error_of([] { report_page({}); }).code(), ErrorCode::invalid_argument);
  const path run = train("run");
  const std::string result = read_text_file(run / "result.json");
  for (const char* text :
       {"", "[1]", "{\"recipe\":", "\xff", "{}", R"({"recipe": 5, "test_accuracy": "x"})"}) {
    write_file(run / "result.json", text);
    EXPECT_TRUE(mentions(test::error_of([&] { report_page({run}); }), {"result.json", "--resume"})) << text;
  }
  write_file(run / "result.json", result);
  write_file(run / "metrics.csv", "what,is,this\n");
  EXPECT_TRUE(mentions(test::error_of([&] { report_page({run}); }), {"metrics.csv"}));
}

}  // namespace
}  // namespace scrawl::report_test
