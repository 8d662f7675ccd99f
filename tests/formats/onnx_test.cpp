#include "formats/onnx.h"

#include "formats/onnx.pb.h"
#include "testing.h"

#include <cstring>

namespace scrawl::onnx_test {
namespace {

using test::bytes_of;
using test::error_of;
using test::mentions;

template <class T>
Tensor tensor_of(std::string name, std::string dtype, std::vector<std::size_t> shape,
                 const std::vector<T>& values) {
  const auto bytes = std::as_bytes(std::span(values));
  return {std::move(name), std::move(dtype), std::move(shape), Bytes(bytes.begin(), bytes.end())};
}

OnnxModel sample() {
  OnnxModel model{.producer_name = "test", .producer_version = "3", .graph_name = "graph"};
  model.metadata = {{"a", "1"}, {"b", "2"}};
  model.inputs = {
      {.name = "x",
       .dtype = "F32",
       .shape = {
           {{.length = {}, .symbol = "n"}, {.length = 4, .symbol = {}}, {.length = {}, .symbol = {}}}}}};
  model.outputs = {{.name = "y", .dtype = "F32", .shape = std::nullopt}};
  model.initializers = {tensor_of<float>("w", "F32", {2, 2}, {1, 2, 3, 4}),
                        tensor_of<std::int64_t>("s", "I64", {}, {-7})};
  OnnxNode node{.name = "n1", .op_type = "Gemm", .inputs = {"x", "w", ""}, .outputs = {"y"}};
  node.attributes = {{"f", 0.5F},
                     {"fs", std::vector<float>{1, 2}},
                     {"i", std::int64_t{-3}},
                     {"is", std::vector<std::int64_t>{1, -1}},
                     {"s", std::string("text")},
                     {"ss", std::vector<std::string>{"a", "b"}},
                     {"t", tensor_of<double>("", "F64", {1}, {2.5})}};
  model.nodes = {node,
                 {.name = "n2", .op_type = "Relu", .domain = "other", .inputs = {"y"}, .outputs = {"z"}}};
  return model;
}

Bytes encode(const onnx::ModelProto& model) { return bytes_of(model.SerializeAsString()); }

/// A valid model in protobuf's form, which tests then damage.
onnx::ModelProto sample_proto() {
  onnx::ModelProto model;
  const Bytes bytes = encode_onnx(sample());
  model.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
  return model;
}

template <class Change>
Error refused(ErrorCode code, const Change& change) {
  auto model = sample_proto();
  change(model);
  const auto error = error_of([&] { parse_onnx(encode(model), "m.onnx"); });
  EXPECT_EQ(error.code(), code) << error.what();
  EXPECT_EQ(error.file(), "m.onnx");
  return error;
}

/// The initializer that `change` makes, as read.
template <class Change>
Tensor read_tensor(const Change& change) {
  auto model = sample_proto();
  auto& tensor = *model.mutable_graph()->mutable_initializer(0);
  tensor.Clear();
  tensor.set_name("w");
  change(tensor);
  return parse_onnx(encode(model), "m.onnx").initializers.at(0);
}

template <class Change>
Error tensor_refused(ErrorCode code, const Change& change) {
  return refused(code,
                 [&](onnx::ModelProto& model) { change(*model.mutable_graph()->mutable_initializer(0)); });
}

TEST(Onnx, RoundTrips) {
  const OnnxModel model = sample();
  const Bytes bytes = encode_onnx(model);
  const OnnxModel again = parse_onnx(bytes, "m.onnx");
  EXPECT_EQ(again.ir_version, 7);
  EXPECT_EQ(again.opset, 13);
  EXPECT_EQ(again.producer_name, "test");
  EXPECT_EQ(again.producer_version, "3");
  EXPECT_EQ(again.graph_name, "graph");
  EXPECT_EQ(again.metadata, model.metadata);
  EXPECT_EQ(again.inputs.at(0).shape, model.inputs[0].shape);
  EXPECT_EQ(again.outputs.at(0).shape, std::nullopt);
  EXPECT_EQ(again.initializers.at(1).dtype, "I64");
  EXPECT_EQ(again.initializers.at(1).data, model.initializers[1].data);
  EXPECT_EQ(again.nodes.at(1).domain, "other");
  const auto& attributes = again.nodes.at(0).attributes;
  EXPECT_EQ(std::get<float>(attributes.at("f")), 0.5F);
  EXPECT_EQ(std::get<std::int64_t>(attributes.at("i")), -3);
  EXPECT_EQ(std::get<std::vector<std::string>>(attributes.at("ss")), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(std::get<Tensor>(attributes.at("t")).dtype, "F64");
  EXPECT_EQ(encode_onnx(again), bytes);
}

TEST(Onnx, ReadsTypedValues) {
  using T = onnx::TensorProto;
  const auto floats = [](const Tensor& tensor) { return to_floats(view(tensor), "m"); };
  const auto read = [&](int type, const auto& fill) {
    return read_tensor([&](T& tensor) {
      tensor.set_data_type(type);
      tensor.add_dims(2);
      fill(tensor);
    });
  };
  const auto int32s = [](int first, int second) {
    return [=](T& tensor) { tensor.add_int32_data(first), tensor.add_int32_data(second); };
  };
  const std::vector<float> expected = {1.5F, -2};
  EXPECT_EQ(floats(read(1, [](T& t) { t.add_float_data(1.5F), t.add_float_data(-2); })), expected);
  EXPECT_EQ(floats(read(11, [](T& t) { t.add_double_data(1.5), t.add_double_data(-2); })), expected);
  EXPECT_EQ(floats(read(10, int32s(0x3E00, 0xC000))), expected);
  EXPECT_EQ(floats(read(16, int32s(0x3FC0, 0xC000))), expected);
  EXPECT_EQ(floats(read(7, [](T& t) { t.add_int64_data(3), t.add_int64_data(-2); })),
            (std::vector<float>{3, -2}));
  EXPECT_EQ(floats(read(12, [](T& t) { t.add_uint64_data(3), t.add_uint64_data(4); })),
            (std::vector<float>{3, 4}));
  for (const int type : {3, 5, 6}) EXPECT_EQ(floats(read(type, int32s(7, -8))), (std::vector<float>{7, -8}));
  for (const int type : {2, 4, 9}) EXPECT_EQ(floats(read(type, int32s(1, 0))), (std::vector<float>{1, 0}));
  for (const int type : {2, 3, 4, 5, 9, 10, 16})
    EXPECT_TRUE(
        mentions(error_of([&] { read(type, int32s(1, 70'000)); }), {"m.onnx", "'w'", "does not fit"}));
  for (const int type : {2, 4, 9, 10, 16})
    EXPECT_EQ(error_of([&] { read(type, int32s(1, -1)); }).code(), ErrorCode::bad_data);
  EXPECT_EQ(read(9, [](T& t) { t.set_raw_data("\1\0", 2); }).dtype, "BOOL");
}

TEST(Onnx, RefusesWhatDoesNotFitItsShape) {
  using T = onnx::TensorProto;
  const auto bad = [](const auto& change) { return tensor_refused(ErrorCode::bad_data, change); };
  EXPECT_TRUE(mentions(bad([](T& t) { t.set_dims(0, 3); }), {"'w'", "(3, 2)", "24 bytes"}));
  bad([](T& t) { t.set_dims(0, -2); });
  bad([](T& t) { t.set_dims(0, std::int64_t{1} << 62); });
  bad([](T& t) { t.set_dims(0, std::int64_t{1} << 62), t.set_dims(1, std::int64_t{1} << 62); });
  bad([](T& t) { t.set_dims(0, 0); });
  bad([](T& t) { t.clear_dims(); });
  bad([](T& t) { t.clear_raw_data(); });
  bad([](T& t) { t.set_data_type(11); });
  bad([](T& t) { t.set_raw_data(""); });
  EXPECT_TRUE(read_tensor([](T& t) {
                t.set_data_type(1), t.add_dims(0), t.add_dims(std::int64_t{1} << 62);
              }).data.empty());
}

TEST(Onnx, RefusesWhatItCannotRead) {
  using T = onnx::TensorProto;
  using M = onnx::ModelProto;
  const auto tensor = [](const auto& change) { return tensor_refused(ErrorCode::unsupported, change); };
  const auto model = [](const auto& change) { return refused(ErrorCode::unsupported, change); };
  const auto external = tensor([](T& t) {
    t.add_external_data()->set_key("location");
    t.mutable_external_data(0)->set_value("w.bin");
  });
  EXPECT_TRUE(mentions(external, {"'w'", "another file, 'w.bin'", "save_as_external_data=False"}));
  EXPECT_TRUE(mentions(tensor_refused(ErrorCode::bad_data, [](T& t) { t.set_data_location(1); }),
                       {"'w'", "not named"}));
  EXPECT_TRUE(mentions(tensor([](T& t) { t.set_data_type(8); }), {"STRING", "float32"}));
  for (const int type : {0, -1, 14, 15, 17, 99}) tensor([&](T& t) { t.set_data_type(type); });
  tensor([](T& t) { t.set_segment(""); });
  model([](M& m) { m.mutable_graph()->add_sparse_initializer("x"); });
  model([](M& m) { m.add_training_info("x"); });
  model([](M& m) { m.add_functions("x"); });
  const auto attribute = [](M& m) { return m.mutable_graph()->mutable_node(0)->mutable_attribute(0); };
  EXPECT_TRUE(mentions(model([&](M& m) { attribute(m)->set_g("x"); }), {"'n1'", "Gemm", "control flow"}));
  model([&](M& m) { attribute(m)->add_graphs("x"); });
  for (const int type : {5, 9, 10, 11, 12, 13, 14, -1, 77})
    model([&](M& m) { attribute(m)->set_type(type); });
}

TEST(Onnx, RefusesWhatIsNoModel) {
  using M = onnx::ModelProto;
  const auto bad = [](const auto& change) { return refused(ErrorCode::bad_data, change); };
  bad([](M& m) { m.clear_ir_version(); });
  bad([](M& m) { m.set_ir_version(0); });
  bad([](M& m) { m.clear_graph(); });
  bad([](M& m) { m.clear_opset_import(); });
  bad([](M& m) { m.mutable_opset_import(0)->set_version(-1); });
  bad([](M& m) { m.mutable_opset_import(0)->set_domain("com.example"); });
  bad([](M& m) { m.mutable_graph()->mutable_node(0)->clear_op_type(); });
  bad([](M& m) { m.mutable_graph()->mutable_node(0)->mutable_attribute(0)->clear_type(); });
  bad([](M& m) { m.mutable_graph()->mutable_node(0)->mutable_attribute(1)->set_name("f"); });
  for (const char* text : {"", "x", "\x08", "\x08\x07", "PK\3\4", "\x08\x07\x3b\x3c", "\x3a"})
    EXPECT_EQ(error_of([&] { parse_onnx(bytes_of(text), "m.onnx"); }).code(), ErrorCode::bad_data) << text;
}

TEST(Onnx, TruncatedFilesAreReadOrRefused) {
  const Bytes whole = encode_onnx(sample());
  std::size_t read = 0;
  for (std::size_t length = 0; length < whole.size(); ++length) {
    try {
      parse_onnx(std::span(whole).first(length), "m.onnx");
      ++read;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::bad_data) << length;
      EXPECT_EQ(error.file(), "m.onnx");
    }
  }
  EXPECT_EQ(read, 2U);  // without one or both of the metadata, which come last
}

TEST(Onnx, SurvivesEveryChangedByte) {
  const Bytes whole = encode_onnx(sample());
  for (std::size_t at = 0; at < whole.size(); ++at)
    for (int value = 0; value < 256; ++value) {
      Bytes changed = whole;
      changed[at] = static_cast<std::byte>(value);
      is_onnx(changed);
      try {
        parse_onnx(changed, "m.onnx");
      } catch (const Error& error) {
        EXPECT_EQ(error.file(), "m.onnx");
      }
    }
}

TEST(Onnx, RefusesManyTinyFields) {
  std::string graph;
  for (int i = 0; i < 200'000; ++i) graph += std::string("\x0a\x00", 2);  // an empty node
  std::string text = "\x08\x07\x3a";
  std::size_t length = graph.size();
  for (; length >= 128; length >>= 7) text += static_cast<char>((length & 127U) | 128U);
  text += static_cast<char>(length);
  const auto error = error_of([&] { parse_onnx(bytes_of(text + graph), "m.onnx"); });
  EXPECT_EQ(error.code(), ErrorCode::unsupported);
  EXPECT_TRUE(mentions(error, {"100000 fields"}));
}

TEST(Onnx, RecognisesItsFiles) {
  const Bytes whole = encode_onnx(sample());
  EXPECT_TRUE(is_onnx(whole));
  EXPECT_TRUE(is_onnx(std::span(whole).first(40)));
  for (const char* text : {"", "\x08", "PK\3\4", "{}", "\x80\x02}q", "0,1,2\n", "\x1f\x8b\x08", "\x93NUMPY"})
    EXPECT_FALSE(is_onnx(bytes_of(text))) << text;
  for (const unsigned length : {0x108U, 0x1208U, 0x120708U}) {  // the beginning of a safetensors file
    Bytes bytes(64, std::byte{' '});
    std::memset(bytes.data(), 0, 8);
    std::memcpy(bytes.data(), &length, 4);
    EXPECT_FALSE(is_onnx(bytes)) << length;
  }
}

TEST(Onnx, WriterRefusesATensorThatDoesNotFit) {
  OnnxModel model = sample();
  model.initializers[0].shape = {3, 2};
  EXPECT_EQ(error_of([&] { encode_onnx(model); }).code(), ErrorCode::invalid_argument);
  model = sample();
  model.initializers[0].dtype = "F8_E4M3";
  EXPECT_EQ(error_of([&] { encode_onnx(model); }).code(), ErrorCode::invalid_argument);
}

TEST(Onnx, NamesInMessagesArePrintableAndShort) {
  EXPECT_EQ(quoted_name("fc1"), "'fc1'");
  EXPECT_EQ(quoted_name("a\x1b[31m\xff"), "'a\\x1b[31m\\xff'");
  EXPECT_EQ(quoted_name(std::string(100, 'x')).size(), 80U + 5);
  EXPECT_EQ(describe({.name = "fc1", .op_type = "Gemm"}), "node 'fc1' (Gemm)");
  EXPECT_EQ(describe({.name = "", .op_type = "Gemm", .outputs = {"7"}}), "node '7' (Gemm)");
}

}  // namespace
}  // namespace scrawl::onnx_test
