#include "scrawl/model.h"

#include "base/process.h"
#include "tools/command.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace scrawl::export_test {
namespace {

using test::contains;
using test::run_scrawl;
using Json = nlohmann::json;

class CommandExport : public ::testing::Test {
 protected:
  CommandExport() {
    network.initialise({.kind = Initialiser::Kind::he}, 5);
    for (int c = 0; c < 10; ++c) info.classes.push_back(std::to_string(c));
    info.data = "mnist";
    save_model(model, network, info);
  }

  test::TempFolder folder;
  std::string model = (folder / "model.safetensors").string();
  Network network{parse_model("28x28 > dense 12 > relu > dense 10")};
  ModelInfo info;
};

TEST_F(CommandExport, WritesEachFormatNextToTheModel) {
  const std::string before = read_text_file(model);
  for (const auto& [format, file] : {std::pair("onnx", "model.onnx"),
                                     {"safetensors", "model-weights.safetensors"},
                                     {"npz", "model.npz"},
                                     {"header", "model.h"}}) {
    const auto text = run_scrawl({"export", model, "--to", format});
    EXPECT_EQ(text.status, 0) << text.err;
    const std::string path = (folder / file).string();
    EXPECT_TRUE(text.out.starts_with(path + ": ")) << text.out;
    EXPECT_EQ(std::count(text.out.begin(), text.out.end(), '\n'), 1);
    const auto json = Json::parse(run_scrawl({"export", model, "--to", format, "--json", "--overwrite"}).out);
    EXPECT_EQ(json["file"], path);
    EXPECT_EQ(json["format"], format);
    EXPECT_EQ(json["bytes"], std::filesystem::file_size(path));
    EXPECT_FALSE(json["input"].get<std::string>().empty());
    EXPECT_FALSE(json["output"].get<std::string>().empty());
  }
  EXPECT_EQ(read_text_file(model), before);
  EXPECT_TRUE(contains(run_scrawl({"export", model, "--to", "npz", "--overwrite"}).out,
                       "weights alone; in: pixels prepared as byte / 255"));
}

TEST_F(CommandExport, NamesTheHeaderAfterItsFile) {
  const std::string path = (folder / "my-digits.h").string();
  EXPECT_TRUE(contains(run_scrawl({"export", model, "--to", "header", "-o", path}).out, "my_digits_predict"));
  EXPECT_TRUE(contains(read_text_file(path), "my_digits_predict("));
  EXPECT_EQ(
      run_scrawl({"export", model, "--to", "header", "-o", path, "--name", "reader", "--int8", "--overwrite"})
          .status,
      0);
  EXPECT_TRUE(contains(read_text_file(path), "signed char reader_weights1"));
  // A pipe gets the export alone.
  const auto piped = run_process(
      {"sh", "-c",
       std::string(SCRAWL_COMMAND) + " export model.safetensors --to header -o /dev/stdout 2> message | cat"},
      folder.path());
  EXPECT_TRUE(piped.output.ends_with("#endif\n"));
  EXPECT_FALSE(contains(piped.output, "whole model"));
  EXPECT_TRUE(contains(read_text_file(folder / "message"), "/dev/stdout: "));
}

TEST_F(CommandExport, RefusesWhatMakesNoSense) {
  const std::string before = read_text_file(model);
  const auto fails = [&](std::vector<std::string> arguments, int status, std::string_view part) {
    arguments.insert(arguments.begin(), "export");
    const auto result = run_scrawl(arguments);
    EXPECT_EQ(result.status, status) << result.err;
    EXPECT_EQ(result.out, "");
    EXPECT_TRUE(contains(result.err, part)) << result.err;
  };
  fails({model}, 2, "--to");
  fails({model, "--to", "onxn"}, 2, "did you mean 'onnx'");
  fails({model, "--to", "npz", "--int8"}, 2, "--int8 goes with --to header");
  fails({model, "--to", "header", "--name", "9 lives"}, 2, "letters");
  fails({model, "--to", "safetensors", "-o", model}, 2, "is the file that is read");
  std::filesystem::create_symlink(model, folder / "link");
  fails({model, "--to", "safetensors", "-o", (folder / "link").string()}, 2, "is the file that is read");
  fails({model, "--to", "safetensors", "-o", model, "--overwrite"}, 2, "is the file that is read");
  fails({model, "--to", "npz", "--name", "x"}, 2, "--name goes with --to onnx");
  write_file(folder / "model.npz", "mine");
  fails({model, "--to", "npz"}, 2, "model.npz: already exists; choose another name, or add --overwrite");
  fails({model, "--to", "onnx", "-o", (folder / "model.npz").string()}, 2, "--overwrite");
  EXPECT_EQ(read_text_file(folder / "model.npz"), "mine");
  fails({(folder / "none").string(), "--to", "npz"}, 4, "none");
  fails({model, "--to", "npz", "-o", (folder / "no" / "folder.npz").string()}, 4, "folder.npz");
  EXPECT_EQ(read_text_file(model), before);
}

/// Reads all of MNIST's test images from a file and writes a byte for each.
constexpr const char* driver = R"(#include "digits.h"
#include <stdio.h>

int main(void) {
  static unsigned char pixels[DIGITS_INPUTS];
  FILE *in = fopen("images", "rb"), *out = fopen("digits", "wb");
  while (fread(pixels, 1, DIGITS_INPUTS, in) == DIGITS_INPUTS) fputc(digits_predict(pixels, 0), out);
  return fclose(out);
}
)";

TEST_F(CommandExport, AHeaderReadsMnistAsWellAsItsModel) {
  if (!test::has_mnist()) GTEST_SKIP() << "MNIST is not in the cache";
  if (run_process({"cc", "--version"}).exit_code != 0) GTEST_SKIP() << "there is no C compiler";
  const std::string run = (folder / "run").string();
  ASSERT_EQ(
      run_scrawl({"train", test::recipe_file("two-layer"), "--set",
                  "training.steps=" + std::to_string(SCRAWL_SHORT_STEPS), "--out", run, "--no-pictures"})
          .status,
      0);
  const std::string trained = run + "/model.safetensors";
  const Dataset data = load_dataset("mnist", Part::test);
  write_file(folder / "images", {reinterpret_cast<const char*>(data.images.data()), data.images.size()});
  write_file(folder / "driver.c", driver);
  const auto digits = [&](const std::vector<std::string>& options) {
    std::vector<std::string> command = {
        "export", trained, "--to", "header", "--overwrite", "-o", (folder / "digits.h").string()};
    command.insert(command.end(), options.begin(), options.end());
    EXPECT_EQ(run_scrawl(command).status, 0);
    const auto compiled =
        run_process({"cc", "-std=c99", "-O2", "-o", "driver", "driver.c", "-lm"}, folder.path());
    EXPECT_EQ(compiled.exit_code, 0) << compiled.output;
    EXPECT_EQ(run_process({(folder / "driver").string()}, folder.path()).exit_code, 0);
    return read_values(folder / "digits");
  };
  const auto exact = digits({});
  ASSERT_EQ(exact.size(), data.size());
  std::size_t correct = 0;
  for (std::size_t i = 0; i < data.size(); ++i) correct += exact[i] == data.labels[i] ? 1 : 0;
  EXPECT_EQ(Json::parse(run_scrawl({"evaluate", trained, "--json"}).out)["correct"], correct);
  const auto rounded = digits({"--int8"});
  ASSERT_EQ(rounded.size(), data.size());
  std::size_t same = 0;
  for (std::size_t i = 0; i < data.size(); ++i) same += exact[i] == rounded[i] ? 1 : 0;
  EXPECT_GE(same, data.size() * 99 / 100);
  std::printf("int8 reads %zu of %zu images as float does\n", same, data.size());
}

TEST_F(CommandExport, EvaluateShowsOneImageAndItsProbabilities) {
  if (!test::has_mnist()) GTEST_SKIP() << "MNIST is not in the cache";
  const Dataset data = load_dataset("mnist", Part::test);
  const auto expected = predict_probabilities(load_model(model), data.view().image(5));
  const auto json = Json::parse(run_scrawl({"evaluate", model, "--index", "5", "--json"}).out);
  EXPECT_EQ(json["index"], 5);
  EXPECT_EQ(json["label"], data.labels[5]);
  EXPECT_EQ(json["probabilities"].get<std::vector<float>>(), expected);
  const auto best = std::max_element(expected.begin(), expected.end()) - expected.begin();
  EXPECT_EQ(json["prediction"], best);
  EXPECT_EQ(json["class"], std::to_string(best));
  EXPECT_EQ(json.size(), 5U);

  const auto text = run_scrawl({"evaluate", model, "--index", "5"});
  EXPECT_EQ(text.status, 0) << text.err;
  EXPECT_TRUE(contains(text.out, "Image 5 of mnist (test): label 1, read as " + std::to_string(best)));
  // A "1", 28 columns wide and 14 lines high, in plain ASCII where no terminal is.
  EXPECT_TRUE(contains(text.out, "@")) << text.out;
  EXPECT_TRUE(std::all_of(text.out.begin(), text.out.end(),
                          [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); }));
  EXPECT_EQ(std::count(text.out.begin(), text.out.end(), '\n'), 1 + 1 + 14 + 1 + 1 + 10);
  for (std::size_t c = 0; c < 10; ++c) {
    const auto line = text.out.find("\n    " + std::to_string(c) + "  ");
    ASSERT_NE(line, std::string::npos) << text.out;
    EXPECT_EQ(std::strtof(text.out.c_str() + line + 7, nullptr), expected[c]);
  }

  const auto outside = run_scrawl({"evaluate", model, "--index", "10000"});
  EXPECT_EQ(outside.status, 2);
  EXPECT_TRUE(contains(outside.err, "there is no image 10000; mnist (test) has the images 0 to 9999"))
      << outside.err;
  EXPECT_EQ(run_scrawl({"evaluate", model, "--index", "-1"}).status, 2);
  EXPECT_EQ(run_scrawl({"evaluate", model, "--index", "9999"}).status, 0);
}

}  // namespace
}  // namespace scrawl::export_test
