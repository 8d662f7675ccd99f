#include "report/gnuplot.h"

#include "plots.h"
#include "report/confusion.h"
#include "report/curves.h"
#include "report/html.h"

#include <cmath>
#include <numeric>

#include <gtest/gtest.h>

namespace scrawl::gnuplot_test {
namespace {

using test::mentions;

using test::contains;

constexpr std::size_t most_svg_bytes = 100000;

std::vector<MetricsRow> falling_loss(std::size_t count) {
  std::vector<MetricsRow> rows(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto step = static_cast<double>(i + 1);
    rows[i].step = step;
    rows[i].epoch = step / 600;
    rows[i].loss = 2.3 / (1 + step / 500) + 0.2 * std::sin(0.7 * step);
    if (i % 600 == 599) rows[i].train = rows[i].test = 1 - 1 / (1 + step / 600);
  }
  return rows;
}

EvaluationResult confusion_of(std::size_t classes) {
  EvaluationResult result;
  for (std::size_t label = 0; label < classes; ++label) {
    std::vector<std::size_t> row(classes);
    for (std::size_t i = 0; i < classes; ++i) row[i] = i == label ? 900 : (label * 7 + i * 3) % 11;
    result.confusion.push_back(row);
  }
  return result;
}

std::vector<std::string> numbered(std::size_t count) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < count; ++i) names.push_back(std::to_string(i));
  return names;
}

class Plots : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!test::has_gnuplot()) GTEST_SKIP() << "gnuplot is not installed";
  }
};

void expect_sane(const Plot& plot, const DrawnPlot& drawn) {
  EXPECT_TRUE(test::is_xml(drawn.svg));
  EXPECT_TRUE(contains(drawn.svg, "prefers-color-scheme: dark"));
  EXPECT_TRUE(contains(drawn.svg, "<title>" + plot.title + "</title>"));
  EXPECT_FALSE(contains(drawn.svg, "Gnuplot"));
  EXPECT_EQ(test::png_size(drawn.png), std::pair(2 * plot.width, 2 * plot.height));
}

TEST_F(Plots, CurvesShowWhatWasMeasured) {
  auto rows = falling_loss(20000);
  const auto plot = plot_curves(rows);
  ASSERT_TRUE(plot);
  const auto drawn = draw_plots({&*plot, 1});
  expect_sane(*plot, drawn.at(0));
  for (const char* text : {">training<", ">test<", ">loss<", ">accuracy<", "20,000<", "stroke-dasharray"})
    EXPECT_TRUE(contains(drawn[0].svg, text)) << text;
  EXPECT_FALSE(contains(drawn[0].svg, "validation"));
  EXPECT_LT(drawn[0].svg.size(), most_svg_bytes);
  EXPECT_GT(drawn[0].png.size(), 5000U);

  const auto again = draw_plots({&*plot, 1});
  EXPECT_EQ(again[0].svg, drawn[0].svg);
  EXPECT_EQ(again[0].png, drawn[0].png);

  for (auto& row : rows) row.train = row.test = NAN;
  const auto loss_only = draw_plots(std::vector{*plot_curves(rows)});
  EXPECT_FALSE(contains(loss_only[0].svg, ">accuracy<"));
}

TEST_F(Plots, OddRunsAreDrawnOrLeftOut) {
  EXPECT_FALSE(plot_curves({}));
  auto one_step = falling_loss(1);
  auto diverged = falling_loss(100);
  for (std::size_t i = 0; i < diverged.size(); ++i)
    diverged[i].loss = i < 5 ? std::pow(1e6F, static_cast<float>(i)) : i < 50 ? INFINITY : NAN;
  auto constant = falling_loss(100);
  for (auto& row : constant) row.loss = 0;
  auto negative = falling_loss(100);
  for (auto& row : negative) row.loss = -row.loss;
  auto huge = falling_loss(100);
  for (auto& row : huge) row.loss = 3e38F, row.step *= 1e300, row.epoch *= 1e300;
  auto no_epochs = falling_loss(10);
  for (auto& row : no_epochs) row.epoch = row.step = 0, row.test = 0.5F;
  std::vector<Plot> plots;
  for (const auto& rows : {one_step, diverged, constant, negative, huge, no_epochs}) {
    auto plot = plot_curves(rows);
    ASSERT_TRUE(plot);
    plots.push_back(std::move(*plot));
  }
  const auto drawn = draw_plots(plots);
  for (std::size_t i = 0; i < plots.size(); ++i) {
    SCOPED_TRACE(i);
    expect_sane(plots[i], drawn.at(i));
  }
  for (auto& row : diverged) row.loss = NAN;
  EXPECT_FALSE(plot_curves(diverged));
}

TEST_F(Plots, ConfusionMatricesOfAnySizeCanBeRead) {
  std::vector<Plot> plots;
  for (const std::size_t classes : {1, 2, 10, 26, 256})
    plots.push_back(plot_confusion(confusion_of(classes), numbered(classes)));
  EvaluationResult empty{.confusion = {{0, 0}, {0, 0}}};
  plots.push_back(plot_confusion(empty, numbered(2)));
  const auto drawn = draw_plots(plots);
  for (std::size_t i = 0; i < plots.size(); ++i) {
    SCOPED_TRACE(i);
    expect_sane(plots[i], drawn.at(i));
    EXPECT_LE(plots[i].width, 1200U);
  }
  EXPECT_TRUE(contains(drawn[2].svg, "900<"));
  EXPECT_FALSE(contains(drawn[3].svg, "900<"));  // too small to be read
  for (const std::size_t i : {0, 1, 2, 3, 5}) EXPECT_LT(drawn[i].svg.size(), 2 * most_svg_bytes) << i;
}

TEST_F(Plots, NamesMeanNothingToGnuplot) {
  const auto& names = test::hostile_names();
  const Plot plot = plot_confusion(confusion_of(names.size()), names);
  const auto drawn = draw_plots({&plot, 1});
  expect_sane(plot, drawn.at(0));
  for (const char* shown : {"{/Symbol a}", "$(touch hacked)", "two\\x0alines", "\\xff\\xfe", "&lt;script>",
                            "}{", "a\"b'c`touch", "a_b^2", "# no comment", "back\\slash\\<"})
    EXPECT_TRUE(contains(drawn[0].svg, shown)) << shown;
  EXPECT_FALSE(std::filesystem::exists("hacked"));
}

TEST_F(Plots, AFailureIsToldInGnuplotsWords) {
  const Plot broken{.title = "", .width = 100, .height = 100, .data = "", .commands = "plot nonsense(\n"};
  const Error error = test::error_of([&] { draw_plots({&broken, 1}); });
  EXPECT_EQ(error.code(), ErrorCode::io);
  EXPECT_TRUE(mentions(error, {"gnuplot", "plots.gp", "nonsense"}));
}

TEST(Gnuplot, IsNotTrustedToHaveFinishedAPicture) {
  const test::TempFolder programs;  // as where the disk is full
  write_file(programs / "gnuplot", "#!/bin/sh\nprintf '<svg>\\n<g>' >0.svg\nprintf '\\211PNG' >0.png\n");
  std::filesystem::permissions(programs / "gnuplot", std::filesystem::perms::owner_all);
  const test::EnvironmentGuard path("PATH", programs.path().string());
  const Plot plot = plot_confusion(confusion_of(2), numbered(2));
  const Error error = test::error_of([&] { draw_plots({&plot, 1}); });
  EXPECT_EQ(error.code(), ErrorCode::io);
  EXPECT_TRUE(mentions(error, {"unfinished", "TMPDIR"}));
}

TEST(Gnuplot, IsNamedWithTheRemedyWhereItIsMissing) {
  const test::TempFolder nothing;
  const test::EnvironmentGuard path("PATH", nothing.path().string());
  const Plot plot = plot_confusion(confusion_of(2), numbered(2));
  const Error error = test::error_of([&] { draw_plots({&plot, 1}); });
  EXPECT_EQ(error.code(), ErrorCode::not_found);
  EXPECT_TRUE(mentions(error, {"gnuplot", "apt install gnuplot-nox"}));
  EXPECT_TRUE(draw_plots({}).empty());
}

TEST(Gnuplot, TextsAreQuoted) {
  EXPECT_EQ(gnuplot_text("plain"), "'plain'");
  EXPECT_EQ(gnuplot_text("it's"), "'it''s'");
  EXPECT_EQ(gnuplot_text("a\nb\\"), "'a\\x0ab\\'");
  EXPECT_EQ(gnuplot_text("0123456789", 4), "'0123...'");
}

TEST(Html, TextIsEscapedForMarkup) {
  EXPECT_EQ(markup_text("<a href=\"x\" b='y'>&"), "&lt;a href=&quot;x&quot; b=&#39;y&#39;&gt;&amp;");
  EXPECT_EQ(markup_text("\xff\x1b"), "\\xff\\x1b");
}

}  // namespace
}  // namespace scrawl::gnuplot_test
