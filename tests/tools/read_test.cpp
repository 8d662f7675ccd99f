#include "scrawl/model.h"

#include "base/file_system.h"
#include "image/drawing.h"
#include "image/png.h"
#include "recognize/mnist_testing.h"
#include "tools/command.h"

#include <algorithm>
#include <cstdlib>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace scrawl::read_test {
namespace {

using test::contains;
using test::run_scrawl;
using Json = nlohmann::json;

class CommandRead : public ::testing::Test {
 protected:
  void SetUp() override {
    GreyImage zero = test::plain(60, 80, 230);
    test::draw_ring(zero, 30, 40, 22, 4, 40);
    write("zero.png", zero);
    write("blank.png", test::plain(50, 40, 255));
    write_file(folder / "text.png", "This is no picture.\n");
  }
  void write(const std::string& name, const GreyImage& picture) const {
    const Bytes bytes = encode_png(picture);
    write_file(folder / name, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  }
  std::string path(const std::string& name) const { return (folder / name).string(); }
  static std::vector<Json> objects(const std::string& text) {
    std::vector<Json> all;
    for (std::size_t begin = 0; begin < text.size();) {
      const std::size_t end = text.find('\n', begin);
      all.push_back(Json::parse(text.substr(begin, end - begin)));
      begin = end + 1;
    }
    return all;
  }
  test::TempFolder folder;
};

TEST_F(CommandRead, ShowsTheDigitAndTheProbabilities) {
  const auto result = run_scrawl({"read", path("zero.png")});
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(result.err, "");
  EXPECT_TRUE(result.out.starts_with(path("zero.png") + ": 0  ")) << result.out;
  EXPECT_TRUE(contains(result.out, "  0  ")) << result.out;
  EXPECT_TRUE(contains(result.out, "%  ####################")) << result.out;
  EXPECT_EQ(std::count(result.out.begin(), result.out.end(), '\n'), 12) << result.out;
  EXPECT_FALSE(contains(result.out, " \n"));
}

TEST_F(CommandRead, ShowDrawsWhatTheNetworkSaw) {
  const auto result = run_scrawl({"read", "--show", path("zero.png")});
  EXPECT_TRUE(contains(result.out, "%%")) << result.out;
  EXPECT_EQ(std::count(result.out.begin(), result.out.end(), '\n'), 12 + 14 + 2) << result.out;
}

TEST_F(CommandRead, ATargetErrorBelowWhatWasMeasuredIsAnError) {
  for (const char* target : {"0", "1e-9"}) {
    const auto result = run_scrawl({"read", "--target-error", target, path("zero.png")});
    EXPECT_NE(result.status, 0);
    EXPECT_TRUE(contains(result.err, "measured down to")) << result.err;
  }
  EXPECT_EQ(run_scrawl({"read", "--target-error", "0.01", path("zero.png")}).status, 0);
}

TEST_F(CommandRead, AnEmptyPictureIsSaidToBeSo) {
  const auto result = run_scrawl({"read", path("blank.png")});
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(result.out, path("blank.png") + ": no digit found\n");
}

TEST_F(CommandRead, JsonIsOneObjectAPictureInTheirOrder) {
  const auto result =
      run_scrawl({"read", "--json", path("zero.png"), path("blank.png"), path("zero.png"), "--threads", "2"});
  EXPECT_EQ(result.status, 0) << result.err;
  const auto all = objects(result.out);
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0]["file"], path("zero.png"));
  EXPECT_EQ(all[0]["width"], 60);
  EXPECT_EQ(all[0]["height"], 80);
  EXPECT_EQ(all[0]["lines"][0]["text"], "0");
  EXPECT_EQ(all[0]["probabilities"].size(), 11U);
  const auto& digit = all[0]["lines"][0]["digits"][0];
  EXPECT_EQ(digit["value"], "0");
  EXPECT_EQ(digit["confidence"], all[0]["probabilities"][0]);
  EXPECT_EQ(digit["box"], (std::vector<int>{8, 18, 45, 45}));
  EXPECT_TRUE(digit["alternatives"].is_array());
  EXPECT_EQ(all[1]["lines"], Json::array());
  EXPECT_EQ(all[1]["probabilities"], Json::array());
  EXPECT_EQ(all[2], all[0]);
}

TEST_F(CommandRead, APictureThatCannotBeReadIsNamedAndTheOthersAreRead) {
  const auto bad = run_scrawl({"read", path("text.png"), path("zero.png")});
  EXPECT_EQ(bad.status, 3);
  EXPECT_TRUE(contains(bad.err, "text.png")) << bad.err;
  EXPECT_TRUE(bad.out.starts_with(path("zero.png") + ": 0")) << bad.out;  // no empty line before it
  const auto missing = run_scrawl({"read", "--json", path("zero.png"), path("none.png"), path("text.png")});
  EXPECT_EQ(missing.status, 4);
  EXPECT_TRUE(contains(missing.err, "none.png")) << missing.err;
  EXPECT_EQ(objects(missing.out).size(), 1U);
}

TEST_F(CommandRead, WarnsOfAFileThatLacksItsEnd) {
  std::string jpeg = read_text_file(std::string(SCRAWL_CORPUS) + "/picture/seven.jpg");
  const std::string whole = path("whole.jpg");
  const std::string cut = path("cut.jpg");
  write_file(whole, jpeg);
  jpeg.resize(jpeg.size() - 2);
  write_file(cut, jpeg);
  const auto plain = run_scrawl({"read", cut});
  EXPECT_EQ(plain.status, 0);
  EXPECT_EQ(plain.err, cut +
                           ": warning: lacks its end marker; all of the picture is there, but the file may "
                           "have been cut off\n");
  const auto json = run_scrawl({"read", "--json", cut, whole});
  EXPECT_EQ(json.status, 0);
  const auto all = objects(json.out);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0]["lines"], all[1]["lines"]);
  EXPECT_EQ(all[0]["warnings"].size(), 1U);
  EXPECT_EQ(all[1]["warnings"], Json::array());
  // Half a picture is still an error.
  write_file(cut, jpeg.substr(0, jpeg.size() / 2));
  EXPECT_EQ(run_scrawl({"read", cut}).status, 3);
}

TEST_F(CommandRead, ReadsStandardInput) {
  const std::string out = path("out.json");
  const std::string shell =
      std::string(SCRAWL_COMMAND) + " read --json - < " + path("zero.png") + " > " + out;
  EXPECT_EQ(std::system(shell.c_str()), 0);
  const Json object = Json::parse(read_text_file(out));
  EXPECT_EQ(object["file"], "standard input");
  EXPECT_EQ(object["lines"][0]["text"], "0");
  EXPECT_EQ(run_scrawl({"read", "-", "-"}).status, 2);
  EXPECT_EQ(run_scrawl({"read", "-"}).status, 3);  // empty
}

/// Rings side by side, two lines of them, as zeros are.
GreyImage two_lines() {
  GreyImage picture = test::plain(420, 260, 235);
  for (std::size_t i = 0; i < 5; ++i) test::draw_ring(picture, 50 + 70 * i, 70, 22, 4, 40);
  for (std::size_t i = 0; i < 3; ++i) test::draw_ring(picture, 50 + 70 * i, 190, 22, 4, 40);
  return picture;
}

TEST_F(CommandRead, PrintsALineForEachLineOfWriting) {
  write("page.png", two_lines());
  const auto result = run_scrawl({"read", path("page.png")});
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_TRUE(result.out.starts_with(path("page.png") + ": 00000  ")) << result.out;
  EXPECT_TRUE(contains(result.out, "\n" + path("page.png") + ": 000  ")) << result.out;
  EXPECT_EQ(std::count(result.out.begin(), result.out.end(), '\n'), 2) << result.out;
  const auto json = objects(run_scrawl({"read", "--json", path("page.png")}).out);
  ASSERT_EQ(json.size(), 1U);
  ASSERT_EQ(json[0]["lines"].size(), 2U);
  EXPECT_EQ(json[0]["lines"][0]["text"], "00000");
  EXPECT_EQ(json[0]["lines"][0]["digits"].size(), 5U);
  EXPECT_EQ(json[0]["lines"][1]["box"][0], json[0]["lines"][1]["digits"][0]["box"][0]);
  EXPECT_EQ(json[0]["rotation"], 0);
  EXPECT_EQ(json[0]["grids"], Json::array());
  EXPECT_EQ(run_scrawl({"read", "--csv", path("page.png")}).out, "00000\n000\n");
}

TEST_F(CommandRead, ATableIsCommaSeparated) {
  GreyImage table = test::plain(401, 261, 240);
  for (const std::size_t y : {20, 120, 220})
    for (std::size_t x = 20; x < 380; ++x)
      for (std::size_t t = 0; t < 3; ++t) table.pixels[(y + t) * table.width + x] = 60;
  for (const std::size_t x : {20, 140, 260, 377})
    for (std::size_t y = 20; y < 223; ++y)
      for (std::size_t t = 0; t < 3; ++t) table.pixels[y * table.width + x + t] = 60;
  test::draw_ring(table, 80, 70, 22, 4, 40);
  test::draw_ring(table, 200, 170, 22, 4, 40);
  test::draw_ring(table, 320, 170, 22, 4, 40);
  write("table.png", table);
  EXPECT_EQ(run_scrawl({"read", "--csv", path("table.png")}).out, "0,,\n,0,0\n");
  const auto json = objects(run_scrawl({"read", "--json", path("table.png")}).out);
  EXPECT_EQ(json[0]["grids"][0]["rows"], 2);
  EXPECT_EQ(json[0]["grids"][0]["columns"], 3);
  EXPECT_EQ(json[0]["grids"][0]["cells"][1][2], "0");
}

TEST_F(CommandRead, DrawsWhatItReadAndHow) {
  write("page.png", two_lines());
  const auto result =
      run_scrawl({"read", path("page.png"), "--annotate", path("read.png"), "--explain", path("steps")});
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_TRUE(read_text_file(path("read.png")).starts_with("\x89PNG"));
  const std::string page = read_text_file(folder / "steps" / "index.html");
  for (const char* step : {"1-picture.png", "3-ink.png", "7-digits.png", "8-read.png"}) {
    EXPECT_TRUE(contains(page, step)) << step;
    EXPECT_TRUE(read_text_file(folder / "steps" / step).starts_with("\x89PNG")) << step;
  }
  // Nothing is lost, and one picture has one drawing.
  EXPECT_EQ(run_scrawl({"read", path("page.png"), "--annotate", path("read.png")}).status, 2);
  EXPECT_EQ(run_scrawl({"read", path("page.png"), "--annotate", path("page.png"), "--overwrite"}).status, 2);
  EXPECT_EQ(run_scrawl({"read", path("page.png"), path("zero.png"), "--annotate", path("all.png")}).status,
            2);
}

TEST_F(CommandRead, ReadsFoldersAndLists) {
  make_folder(folder / "many" / "more");
  write("many/b.png", two_lines());
  write("many/a.png", two_lines());
  write("many/more/c.png", two_lines());
  write_file(folder / "many" / "notes.txt", "not a picture");
  const auto all = objects(run_scrawl({"read", "--json", path("many")}).out);
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0]["file"], path("many/a.png"));
  EXPECT_EQ(all[2]["file"], path("many/more/c.png"));
  write_file(folder / "list.txt", path("many/b.png") + "\n" + path("zero.png") + "\n");
  EXPECT_EQ(objects(run_scrawl({"read", "--json", "--from", path("list.txt")}).out).size(), 2U);
  make_folder(folder / "empty");
  EXPECT_EQ(run_scrawl({"read", path("empty")}).status, 4);
  EXPECT_EQ(run_scrawl({"read", "--from", path("none.txt")}).status, 4);
}

TEST_F(CommandRead, SingleTakesThePictureForOneDigit) {
  write("page.png", two_lines());
  const auto json = objects(run_scrawl({"read", "--json", "--single", path("page.png")}).out);
  EXPECT_EQ(json[0]["lines"].size() + json[0]["refused"].size(), 1U);
}

TEST_F(CommandRead, WrongUseIsExplained) {
  EXPECT_EQ(run_scrawl({"read"}).status, 2);
  EXPECT_EQ(run_scrawl({"read", path("zero.png"), "--threads", "0"}).status, 2);
  EXPECT_EQ(run_scrawl({"read", path("zero.png"), "--model", path("none.safetensors")}).status, 4);
  EXPECT_EQ(run_scrawl({"read", path("zero.png"), "--model", path("text.png")}).status, 3);
  EXPECT_TRUE(contains(run_scrawl({"read", "--help"}).out, "Example"));
}

class ReadMnist : public test::WithMnist {};

// A plan answers both, for one image and for many.
TEST_F(ReadMnist, GivesTheBitsOfEvaluate) {
  const test::TempFolder folder;
  for (const char* text :
       {"28x28 > dense 50 > sigmoid > dense 100 > sigmoid > dense 10",
        "28x28 > conv 6 5x5 pad 2 > batchnorm > relu > maxpool 2 > dense 30 > relu > dense 10",
        "28x28 > conv 3 5x5 > relu > batchnorm > dense 10"}) {
    Network network(parse_model(text));
    network.initialise({.kind = Initialiser::Kind::he}, 1);
    const std::string model = (folder / "model.safetensors").string();
    save_model(model, network,
               {.preprocessing = {.factor = 0.99F, .offset = 0.01F}, .classes = numbered_classes(10)});
    for (std::size_t index = 0; index < 5; ++index) {
      const auto pixels = data.view().image(index);
      const Bytes png =
          encode_png(GreyImage{.width = 28, .height = 28, .pixels = {pixels.begin(), pixels.end()}});
      write_file(folder / "digit.png", {reinterpret_cast<const char*>(png.data()), png.size()});
      const auto read = run_scrawl({"read", "--json", "--model", model, (folder / "digit.png").string()});
      const auto evaluated =
          run_scrawl({"evaluate", "--json", model, "--data", "mnist", "--index", std::to_string(index)});
      ASSERT_EQ(read.status, 0) << read.err;
      ASSERT_EQ(evaluated.status, 0) << evaluated.err;
      EXPECT_EQ(Json::parse(read.out)["probabilities"].dump(),
                Json::parse(evaluated.out)["probabilities"].dump())
          << text << ", image " << index;
    }
  }
}

}  // namespace
}  // namespace scrawl::read_test
