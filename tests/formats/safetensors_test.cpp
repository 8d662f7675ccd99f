#include "formats/safetensors.h"

#include "testing.h"

#include <cmath>
#include <cstring>

namespace scrawl::safetensors_test {
namespace {

using test::error_of;
using test::mentions;
using test::TempFolder;

/// A file with this header text and this many bytes of data.
Bytes file_of(const std::string& header, std::size_t data_bytes) {
  const std::uint64_t length = header.size();
  Bytes bytes(8 + header.size() + data_bytes);
  std::memcpy(bytes.data(), &length, 8);
  std::memcpy(bytes.data() + 8, header.data(), header.size());
  for (std::size_t i = 0; i < data_bytes; ++i) bytes[8 + header.size() + i] = static_cast<std::byte>(i);
  return bytes;
}

SafetensorsFile parse(const std::string& header, std::size_t data_bytes) {
  return parse_safetensors(file_of(header, data_bytes), "m.safetensors");
}

Error refused(const std::string& header, std::size_t data_bytes = 8) {
  const auto error = error_of([&] { parse(header, data_bytes); });
  EXPECT_EQ(error.code(), ErrorCode::bad_data) << header;
  EXPECT_EQ(error.file(), "m.safetensors") << header;
  EXPECT_TRUE(error.offset().has_value()) << header;
  return error;
}

Bytes sample_file() {
  static const std::vector<float> weights = {1, -2, 3.5F, std::nanf(""), 0, 6};
  static const std::vector<double> bias = {0.1, 1e300};
  return encode_safetensors({{"format", "pt"}, {"model", "2 > dense 3"}},
                            {float_tensor("0.weight", {2, 3}, weights),
                             {"0.bias", "F64", {2}, std::as_bytes(std::span(bias))},
                             {"empty", "I64", {0, 5}, {}},
                             float_tensor("scalar", {}, std::span(weights).first(1))});
}

TEST(Safetensors, RoundTrips) {
  const Bytes bytes = sample_file();
  const SafetensorsFile file = parse_safetensors(bytes, "f");
  EXPECT_EQ(file.metadata, (std::map<std::string, std::string>{{"format", "pt"}, {"model", "2 > dense 3"}}));
  ASSERT_EQ(file.tensors.size(), 4U);
  EXPECT_EQ(file.tensors[0].name, "0.weight");
  EXPECT_EQ(file.tensors[1].dtype, "F64");
  EXPECT_EQ(file.tensors[1].shape, std::vector<std::size_t>{2});
  EXPECT_EQ(file.find("scalar")->data.size(), 4U);
  EXPECT_EQ(file.find("nothing"), nullptr);
  const auto weights = read_floats(file, "0.weight", {2, 3}, "f");
  EXPECT_EQ(weights[2], 3.5F);
  EXPECT_TRUE(std::isnan(weights[3]));

  std::vector<TensorView> again;
  for (const auto& tensor : file.tensors)
    again.push_back({tensor.name, tensor.dtype, tensor.shape, tensor.data});
  EXPECT_EQ(encode_safetensors(file.metadata, again), bytes);
}

TEST(Safetensors, WritesTheSameBytesToAFile) {
  const TempFolder folder;
  const std::vector<float> values = {1, 2};
  write_safetensors(folder / "m", {{"a", "b"}}, {float_tensor("x", {2}, values)});
  EXPECT_EQ(read_file(folder / "m"), encode_safetensors({{"a", "b"}}, {float_tensor("x", {2}, values)}));
}

TEST(Safetensors, HasTheLayoutThatOthersRead) {
  const std::vector<float> values = {1};
  const Bytes bytes = encode_safetensors({{"k", "v"}}, {float_tensor("x", {1}, values)});
  const std::string header =
      R"({"__metadata__":{"k":"v"},"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})";
  const std::size_t padded = (header.size() + 7) / 8 * 8;
  ASSERT_EQ(bytes.size(), 8 + padded + 4);
  EXPECT_EQ(bytes[0], static_cast<std::byte>(padded));
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(bytes.data()) + 8, padded),
            header + std::string(padded - header.size(), ' '));
}

TEST(Safetensors, TensorsMayStandInAnyOrderInTheHeader) {
  const auto file = parse(R"({"b":{"dtype":"U8","shape":[3],"data_offsets":[5,8]},
                             "a":{"shape":[5],"data_offsets":[0,5],"dtype":"U8"}}  )",
                          8);
  EXPECT_EQ(file.tensors[0].name, "a");
  EXPECT_EQ(file.tensors[1].data[0], std::byte{5});
}

TEST(Safetensors, AFileWithoutTensorsIsValid) { EXPECT_TRUE(parse("{}", 0).tensors.empty()); }

TEST(Safetensors, RefusesEveryTruncation) {
  const Bytes whole = sample_file();
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
    EXPECT_EQ(error_of([&] { parse_safetensors(cut, "f"); }).code(), ErrorCode::bad_data) << length;
  }
  Bytes longer = whole;
  longer.push_back(std::byte{0});
  const auto error = error_of([&] { parse_safetensors(longer, "f"); });
  EXPECT_EQ(error.offset(), whole.size());
}

TEST(Safetensors, SurvivesEveryMutationOfTheHeader) {
  const Bytes whole = sample_file();
  std::uint64_t header = 0;
  std::memcpy(&header, whole.data(), 8);
  std::size_t refused_count = 0;
  for (std::size_t at = 0; at < 8 + header; ++at) {
    for (int value = 0; value < 256; ++value) {
      Bytes changed = whole;
      changed[at] = static_cast<std::byte>(value);
      try {
        parse_safetensors(changed, "f");  // another name or metadata is still a valid file
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::bad_data);
        ++refused_count;
      }
    }
  }
  EXPECT_GT(refused_count, 8 * 255 + header * 128);
}

TEST(Safetensors, RefusesAWrongHeaderLength) {
  Bytes bytes = file_of("{}", 0);
  for (const std::uint64_t length :
       {std::uint64_t{3}, std::uint64_t{100'000'001}, ~std::uint64_t{0}, std::uint64_t{0}}) {
    std::memcpy(bytes.data(), &length, 8);
    EXPECT_EQ(error_of([&] { parse_safetensors(bytes, "f"); }).code(), ErrorCode::bad_data) << length;
  }
}

TEST(Safetensors, RefusesOtherJson) {
  for (const char* header : {"",
                             " {}",
                             "\xef\xbb\xbf{}",
                             "[]",
                             "7",
                             "null",
                             "{",
                             "{}}",
                             "{} x",
                             "{\"a\":}",
                             "{\"a\":1}",
                             "{\"a\":null}",
                             "{\"a\":[]}",
                             "{\"a\":{}}",
                             "{\"a\":\"x\"}",
                             "{\"a\xff\":{}}",
                             "{\"__metadata__\":[]}",
                             "{\"__metadata__\":{\"a\":1}}",
                             "{\"__metadata__\":{\"a\":null}}",
                             "{\"__metadata__\":{\"a\":{}}}",
                             "{\"__metadata__\":{\"a\":[\"b\"]}}",
                             "{\"__metadata__\":\"x\"}"})
    refused(header, 0);
}

TEST(Safetensors, RefusesMalformedTensors) {
  const auto tensor = [](const std::string& fields) { return "{\"a\":{" + fields + "}}"; };
  EXPECT_EQ(parse(tensor(R"("dtype":"U8","shape":[8],"data_offsets":[0,8])"), 8).tensors.size(), 1U);
  for (const char* fields :
       {R"("dtype":"U8","shape":[8])",
        R"("shape":[8],"data_offsets":[0,8])",
        R"("dtype":"U8","data_offsets":[0,8])",
        R"("dtype":"U9","shape":[8],"data_offsets":[0,8])",
        R"("dtype":8,"shape":[8],"data_offsets":[0,8])",
        R"("dtype":["U8"],"shape":[8],"data_offsets":[0,8])",
        R"("dtype":"U8","shape":8,"data_offsets":[0,8])",
        R"("dtype":"U8","shape":["8"],"data_offsets":[0,8])",
        R"("dtype":"U8","shape":[[8]],"data_offsets":[0,8])",
        R"("dtype":"U8","shape":[{}],"data_offsets":[0,8])",
        R"("dtype":"U8","shape":[8.0],"data_offsets":[0,8])",
        R"("dtype":"U8","shape":[-8],"data_offsets":[0,8])",
        R"("dtype":"U8","shape":[true],"data_offsets":[0,8])",
        R"("dtype":"U8","shape":[7],"data_offsets":[0,8])",
        R"("dtype":"U8","shape":[8],"data_offsets":[0])",
        R"("dtype":"U8","shape":[8],"data_offsets":[])",
        R"("dtype":"U8","shape":[8],"data_offsets":[0,8,8])",
        R"("dtype":"U8","shape":[8],"data_offsets":[8,0])",
        R"("dtype":"U8","shape":[9],"data_offsets":[0,9])",
        R"("dtype":"U8","shape":[7],"data_offsets":[0,7])",
        R"("dtype":"U8","shape":[7],"data_offsets":[1,8])",
        R"("dtype":"U8","shape":[8],"data_offsets":[0,8],"extra":1)",
        R"("dtype":"U8","shape":[18446744073709551615],"data_offsets":[0,18446744073709551615])",
        R"("dtype":"U8","shape":[18446744073709551616],"data_offsets":[0,8])",
        R"("dtype":"F64","shape":[2305843009213693953],"data_offsets":[0,8])",
        R"("dtype":"U8","shape":[4294967296,4294967296,8],"data_offsets":[0,8])",
        R"("dtype":"U8","shape":[1e400],"data_offsets":[0,8])"})
    refused(tensor(fields));
}

TEST(Safetensors, RefusesDuplicateKeys) {
  const std::string a = R"("a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]})";
  const std::string b = R"("a":{"dtype":"U8","shape":[4],"data_offsets":[4,8]})";
  EXPECT_TRUE(mentions(refused("{" + a + "," + b + "}"), {"'a'", "twice"}));
  refused(R"({"a":{"dtype":"U8","dtype":"U8","shape":[8],"data_offsets":[0,8]}})");
  EXPECT_TRUE(mentions(refused(R"({"__metadata__":{"k":"1","k":"2"}})", 0), {"'k'", "twice"}));
  refused(R"({"__metadata__":{},"__metadata__":{}})", 0);
}

TEST(Safetensors, RefusesHolesAndOverlaps) {
  const auto two = [](const char* first, const char* second) {
    return std::string(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":)") + first +
           R"(},"b":{"dtype":"U8","shape":[4],"data_offsets":)" + second + "}}";
  };
  EXPECT_EQ(parse(two("[0,4]", "[4,8]"), 8).tensors.size(), 2U);
  EXPECT_TRUE(mentions(refused(two("[0,4]", "[5,9]"), 9), {"'b'", "begin at 4"}));
  EXPECT_TRUE(mentions(refused(two("[0,4]", "[3,7]"), 7), {"'b'"}));
  refused(two("[0,4]", "[0,4]"), 4);
}

TEST(Safetensors, DeepNestingNeedsNoStack) {
  for (const char* bracket : {"[", "{\"a\":"}) {
    std::string deep = "{\"a\":";
    for (int i = 0; i < 1'000'000; ++i) deep += bracket;
    refused(deep, 0);
  }
}

TEST(Safetensors, SaysWhereTheJsonBreaks) { EXPECT_EQ(refused(R"({"a" "b"})", 0).offset(), 8 + 7U); }

TEST(Safetensors, ReadFloatsChecksNameTypeAndShape) {
  const SafetensorsFile file = parse_safetensors(sample_file(), "m");
  const auto error = [&](std::string_view name, std::vector<std::size_t> shape) {
    return error_of([&] { read_floats(file, name, shape, "m"); });
  };
  EXPECT_TRUE(
      mentions(error("0.wieght", {2, 3}), {"m: tensor '0.wieght' is missing", "did you mean '0.weight'"}));
  EXPECT_TRUE(mentions(error("0.bias", {2}), {"F64", "expected F32"}));
  EXPECT_TRUE(mentions(error("0.weight", {3, 2}), {"(2, 3)", "expected (3, 2)"}));
}

TEST(Safetensors, TheWriterRefusesWhatItCouldNotReadBack) {
  const std::vector<float> one = {1};
  const auto code = [](const std::map<std::string, std::string>& metadata,
                       const std::vector<TensorView>& tensors) {
    return error_of([&] { encode_safetensors(metadata, tensors); }).code();
  };
  const TensorView good = float_tensor("x", {1}, one);
  TensorView reserved = good;
  reserved.name = "__metadata__";
  TensorView wrong_size = good;
  wrong_size.shape = {2};
  TensorView unknown_type = good;
  unknown_type.dtype = "F33";
  TensorView no_text = good;
  no_text.name = "\xff";
  for (const auto& tensors : std::vector<std::vector<TensorView>>{
           {good, good}, {reserved}, {wrong_size}, {unknown_type}, {no_text}})
    EXPECT_EQ(code({}, tensors), ErrorCode::invalid_argument);
}

TEST(Safetensors, BoundsTheNumberOfEntriesAndLengths) {
  std::string keys;
  for (int i = 0; i < 100'001; ++i) keys += (i ? ",\"" : "\"") + std::to_string(i) + "\":\"\"";
  const auto many = file_of("{\"__metadata__\":{" + keys + "}}", 0);
  EXPECT_TRUE(mentions(error_of([&] { parse_safetensors(many, "FILE"); }), {"100000"}));
  std::string shape = "0";
  for (int i = 0; i < 64; ++i) shape += ",0";
  const auto tensor = [](const std::string& lengths, const std::string& offsets) {
    return R"({"a":{"dtype":"U8","shape":[)" + lengths + R"(],"data_offsets":[)" + offsets + "]}}";
  };
  EXPECT_TRUE(mentions(refused(tensor(shape, "0,0"), 0), {"'shape'", "too many"}));
  EXPECT_TRUE(mentions(refused(tensor("0", "0,0,0"), 0), {"'data_offsets'", "too many"}));
}

TEST(Safetensors, WritesTextThatIsNotUtf8) {
  const auto written = encode_safetensors({{"data", "p\xff"}}, {});
  EXPECT_EQ(parse_safetensors(written, "FILE").metadata.at("data"), "p\\xff");
  const std::vector<float> values = {1};
  EXPECT_TRUE(mentions(error_of([&] { encode_safetensors({}, {float_tensor("w\xff", {1}, values)}); }),
                       {"'w\\xff'", "UTF-8"}));
}

}  // namespace
}  // namespace scrawl::safetensors_test
