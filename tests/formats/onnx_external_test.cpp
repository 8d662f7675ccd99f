#include "formats/onnx_external.h"

#include "formats/onnx.h"
#include "formats/onnx.pb.h"
#include "testing.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

namespace scrawl::onnx_external_test {
namespace {

namespace fs = std::filesystem;

using test::bytes_of;
using test::error_of;
using test::mentions;
using Entries = std::map<std::string, std::string>;

class OnnxExternal : public ::testing::Test {
 protected:
  OnnxExternal() {
    make_folder(models / "parts");
    write_file(models / "w.bin", "0123456789");
    write_file(models / "parts" / "v.bin", "abcd");
    write_file(folder / "secret", "secret");
  }
  std::string read(const Entries& entries, std::size_t size) {
    OnnxExternalData data(models, file);
    const Bytes bytes = data.read(entries, size, "initializer 'w'");
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  Error refused(const Entries& entries, std::size_t size = 4) {
    const auto error = error_of([&] { read(entries, size); });
    EXPECT_TRUE(mentions(error, {"m.onnx", "initializer 'w'"}));
    return error;
  }

  test::TempFolder folder;
  fs::path models = folder / "models";
  std::string file = "m.onnx";
};

TEST_F(OnnxExternal, ReadsWhatTheEntriesName) {
  EXPECT_EQ(read({{"location", "w.bin"}}, 10), "0123456789");
  EXPECT_EQ(read({{"location", "w.bin"}, {"offset", "3"}, {"length", "4"}}, 4), "3456");
  EXPECT_EQ(read({{"location", "w.bin"}, {"offset", "8"}}, 2), "89");
  EXPECT_EQ(read({{"location", "parts/v.bin"}, {"checksum", "x"}}, 4), "abcd");
  EXPECT_EQ(read({{"location", "w.bin"}, {"offset", "10"}}, 0), "");
}

TEST_F(OnnxExternal, ChecksOffsetAndLength) {
  EXPECT_TRUE(mentions(refused({}), {"not named"}));
  EXPECT_TRUE(
      mentions(refused({{"location", "w.bin"}, {"length", "5"}}), {"needs 4 bytes", "has 5", "'w.bin'"}));
  EXPECT_TRUE(mentions(refused({{"location", "w.bin"}, {"offset", "7"}}), {"4 bytes", "byte 7", "end, 10"}));
  refused({{"location", "w.bin"}, {"offset", "18446744073709551615"}});
  for (const char* offset : {"", "-1", "1e3", "0x1", "18446744073709551616"})
    EXPECT_TRUE(mentions(refused({{"location", "w.bin"}, {"offset", offset}}), {"not a whole number"}));
}

TEST_F(OnnxExternal, StaysInTheModelsFolder) {
  fs::create_symlink(folder / "secret", models / "link");
  fs::create_symlink(models / "parts", models / "folder");
  for (const std::string& location :
       {std::string("../secret"), std::string("parts/../../secret"), (folder / "secret").string(),
        std::string(""), std::string("./w.bin"), std::string("parts//v.bin"), std::string("w.bin\0", 6)})
    EXPECT_TRUE(mentions(refused({{"location", location}}), {"model's folder only", "save_as_external"}));
  for (const char* location : {"link", "folder/v.bin", "w.bin/x"})
    EXPECT_TRUE(mentions(refused({{"location", location}}), {location, "symbolic link"}));
  EXPECT_TRUE(mentions(refused({{"location", "parts"}}), {"'parts'", "not a regular file"}));
  EXPECT_TRUE(
      mentions(refused({{"location", "gone.bin"}}), {"'gone.bin'", "No such file", "beside the model"}));
}

TEST_F(OnnxExternal, DoesNotWaitForAPipe) {
  ASSERT_EQ(::mkfifo((models / "pipe").c_str(), 0600), 0);
  EXPECT_TRUE(mentions(refused({{"location", "pipe"}}), {"not a regular file"}));
}

// Otherwise a hundred thousand tensors could each ask for the same gigabyte.
TEST_F(OnnxExternal, ReadsEachByteOnce) {
  OnnxExternalData data(models, file);
  data.read({{"location", "w.bin"}}, 6, "a");
  data.read({{"location", "parts/v.bin"}}, 4, "b");
  EXPECT_TRUE(mentions(error_of([&] {
                         data.read({{"location", "w.bin"}}, 6, "c");
                       }),
                       {"c: shares", "'w.bin'"}));
  data.read({{"location", "w.bin"}, {"offset", "6"}}, 4, "d");
}

TEST_F(OnnxExternal, GivesAModelItsValues) {
  onnx::ModelProto model;
  model.set_ir_version(7);
  model.add_opset_import()->set_version(13);
  auto& tensor = *model.mutable_graph()->add_initializer();
  tensor.set_name("w");
  tensor.set_data_type(3);
  tensor.add_dims(2);
  tensor.add_dims(2);
  tensor.set_data_location(1);
  const auto add = [&](const char* key, const char* value) {
    auto& entry = *tensor.add_external_data();
    entry.set_key(key);
    entry.set_value(value);
  };
  add("location", "w.bin");
  add("offset", "2");
  const Bytes bytes = bytes_of(model.SerializeAsString());
  EXPECT_EQ(parse_onnx(bytes, file, models).initializers.at(0).data, bytes_of("2345"));
  EXPECT_TRUE(mentions(error_of([&] { parse_onnx(bytes, file); }), {"'w'", "'w.bin'", "save_as_external"}));
  tensor.set_dims(0, std::int64_t{1} << 62);
  tensor.set_dims(1, std::int64_t{1} << 62);
  EXPECT_TRUE(mentions(error_of([&] { parse_onnx(bytes_of(model.SerializeAsString()), file, models); }),
                       {"'w'", "too many"}));
}

}  // namespace
}  // namespace scrawl::onnx_external_test
