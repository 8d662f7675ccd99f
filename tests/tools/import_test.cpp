#include "scrawl/exchange.h"
#include "scrawl/model.h"

#include "base/process.h"
#include "formats/npy.h"
#include "formats/safetensors.h"
#include "tools/command.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace scrawl::import_test {
namespace {

using test::contains;
using test::run_scrawl;
using Json = nlohmann::json;

class CommandImport : public ::testing::Test {
 protected:
  CommandImport() { model.only().network.initialise({.kind = Initialiser::Kind::he}, 5); }

  std::string exported(ExportFormat format, const std::string& name) {
    export_model(folder / name, model, {.format = format});
    return (folder / name).string();
  }
  void refused(std::vector<std::string> arguments, int status, const std::vector<std::string>& parts) {
    const auto result = run_scrawl(arguments);
    EXPECT_EQ(result.status, status) << result.err;
    for (const auto& part : parts) EXPECT_TRUE(contains(result.err, part)) << result.err;
  }

  test::TempFolder folder;
  std::string out = (folder / "out.safetensors").string();
  std::string text = "2x2 > dense 3 > relu > dense 2";
  Model model{Network(parse_model(text)), {.classes = {"0", "1"}}};
};

TEST_F(CommandImport, ReplacesNothingUnasked) {
  const auto npz = exported(ExportFormat::npz, "w.npz");
  EXPECT_EQ(run_scrawl({"import", npz, "--model", text, "-o", out}).status, 0);
  refused({"import", npz, "--model", text, "-o", out}, 2, {"out.safetensors", "already", "--overwrite"});
  refused({"import", npz, "--model", text, "-o", npz, "--overwrite"}, 2, {"w.npz", "is read"});
  EXPECT_EQ(run_scrawl({"import", npz, "--model", text, "-o", out, "--overwrite"}).status, 0);
  // The default name is that of the content, here.
  const auto packed = run_process(
      {"sh", "-c",
       "gzip -k w.npz && " + std::string(SCRAWL_COMMAND) + " import w.npz.gz --model '" + text + "'"},
      folder.path());
  EXPECT_EQ(packed.exit_code, 0) << packed.output;
  EXPECT_TRUE(std::filesystem::exists(folder / "w.safetensors"));
}

TEST_F(CommandImport, TakesTheModelFromItsOwnExports) {
  const auto weights = exported(ExportFormat::safetensors, "w.safetensors");
  const auto result = run_scrawl({"import", weights, "-o", out});
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_FALSE(contains(result.out, "see --scale"));
  EXPECT_EQ(weights_sha256(load_model(out).only().network), weights_sha256(model.only().network));
  const auto onnx = run_scrawl({"import", exported(ExportFormat::onnx, "m.onnx"), "-o", out, "--overwrite"});
  EXPECT_FALSE(contains(onnx.out, "see --scale")) << onnx.out;
  const auto npz =
      run_scrawl({"import", exported(ExportFormat::npz, "m.npz"), "--model", text, "-o", out, "--overwrite"});
  EXPECT_TRUE(contains(npz.out, "see --scale")) << npz.out;
  refused({"import", (folder / "m.onnx").string(), "--order", "in-out", "-o", out, "--overwrite"}, 2,
          {"omit --order"});
}

TEST_F(CommandImport, NamesTheOptionThatIsWrong) {
  const auto npz = exported(ExportFormat::npz, "w.npz");
  const std::vector<std::string> import = {"import", npz, "--model", text, "-o", out};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), import.begin(), import.end());
    return more;
  };
  refused(with({"--mean", "/nonexistent"}), 4, {"--mean", "/nonexistent"});
  const float values[] = {1, 2, 3};
  const TensorView array{"mean", "F32", {3}, std::as_bytes(std::span(values))};
  AtomicFile file(folder / "mean.npy");
  file.write(encode_npy(array));
  file.commit();
  refused(with({"--mean", (folder / "mean.npy").string()}), 2, {"--mean", "mean.npy", "3"});
  refused(with({"--scale", "1..1"}), 2, {"--scale", "0.01..1"});
  refused(with({"--unpack-limit", "-1"}), 2, {"--unpack-limit", "-1"});
  refused(with({"--unpack-limit", "99999999999999999999"}), 2, {"--unpack-limit"});
  refused(with({"--unpack-limit", "99999999999G"}), 2, {"--unpack-limit"});
  refused(with({"--unpack-ratio", "-1"}), 2, {"--unpack-ratio", "-1"});
  EXPECT_EQ(run_scrawl(with({"--scale", "-1..1", "--unpack-limit", "1G"})).status, 0);
  EXPECT_EQ(load_model(out).only().info.preprocessing.offset, -1);
  const auto help = run_scrawl({"--help"});
  EXPECT_TRUE(contains(help.out, "(default: 4G)"));
  EXPECT_FALSE(contains(help.out, "4294967296")) << help.out;
}

TEST_F(CommandImport, InfoReadsOnceAndSaysHowToGoOn) {
  const auto npz = exported(ExportFormat::npz, "w.npz");
  EXPECT_TRUE(contains(run_scrawl({"info", npz}).out, "scrawl import " + npz + " --model TEXT"));
  const auto onnx = exported(ExportFormat::onnx, "m.onnx");
  EXPECT_TRUE(contains(run_scrawl({"info", onnx}).out, "scrawl import " + onnx + "\n"));
  const float values[] = {1, 2};
  const TensorView convolution{"W1\x1b[31m", "F32", {1, 1, 1, 2}, std::as_bytes(std::span(values))};
  write_safetensors(folder / "c.safetensors", {}, {convolution});
  const auto shown = run_scrawl({"info", (folder / "c.safetensors").string()}).out;
  EXPECT_FALSE(contains(shown, "scrawl import"));
  EXPECT_FALSE(contains(shown, "\x1b"));
  EXPECT_TRUE(contains(shown, "W1\\x1b[31m"));
  const auto piped = [&](const std::string& file) {
    return run_process(
        {"sh", "-c", "cat " + file + " | " + std::string(SCRAWL_COMMAND) + " info /dev/stdin --json"});
  };
  EXPECT_TRUE(contains(piped(npz).output, "\"npz\""));
  EXPECT_TRUE(contains(piped(test::recipe_file("two-layer")).output, "\"recipe\""));
  save_model(folder / "own", model.only().network, model.only().info);
  EXPECT_TRUE(contains(piped((folder / "own").string()).output, "\"model\""));
  write_file(folder / "old.pkl", "(dp0\n.");
  EXPECT_TRUE(contains(run_scrawl({"info", (folder / "old.pkl").string()}).out, "pickle"));
  write_file(folder / "odd", std::string_view("\1\2\3\0\5", 5));
  refused({"info", (folder / "odd").string()}, 3, {"odd", "is not a model, a recipe or weights"});
  write_file(folder / "picture", "\x89PNG\r\n\x1a\n");
  refused({"info", (folder / "picture").string()}, 3, {"is a PNG picture"});
  refused({"evaluate", (folder / "picture").string()}, 3, {"is a PNG picture, not a scrawl model"});
  write_file(folder / "table.csv", "5,0,0\n");
  refused({"info", (folder / "table.csv").string()}, 3, {"a text file that begins with '5,0,0'", "line 1"});
  refused({"info", "/dev/zero"}, 3, {"/dev/zero", "regular file"});
}

TEST_F(CommandImport, EvaluateSaysWhatAFileIsInstead) {
  const auto onnx = exported(ExportFormat::onnx, "m.onnx");
  refused({"evaluate", onnx}, 3, {"ONNX", "scrawl import " + onnx});
}

}  // namespace
}  // namespace scrawl::import_test
