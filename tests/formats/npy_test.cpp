#include "formats/npy.h"

#include "formats/zip.h"
#include "testing.h"

#include <cstring>

namespace scrawl::npy_test {
namespace {

using test::bytes_of;
using test::error_of;
using test::mentions;

/// A file of version 1.0 (or 2.0, 3.0) with this header text and these bytes of data.
Bytes file_of(const std::string& header, const std::string& data, int version = 1) {
  std::string file = "\x93NUMPY";
  file += static_cast<char>(version);
  file += '\0';
  for (int i = 0; i < (version == 1 ? 2 : 4); ++i) file += static_cast<char>(header.size() >> (8 * i));
  return bytes_of(file + header + data);
}

Tensor parse(const std::string& header, const std::string& data) {
  return parse_npy(file_of(header, data), "a.npy", "x");
}

Error refused(const std::string& header, const std::string& data = std::string(8, '\1')) {
  const auto error = error_of([&] { parse(header, data); });
  EXPECT_EQ(error.file(), "a.npy") << header;
  EXPECT_TRUE(error.offset().has_value()) << header;
  return error;
}

std::string header_of(const std::string& descr, const std::string& order, const std::string& shape) {
  return "{'descr': " + descr + ", 'fortran_order': " + order + ", 'shape': " + shape + ", }   \n";
}

Bytes sample_file() {
  static const std::vector<float> values = {1, -2, 3.5F, 0, 5, 6};
  return encode_npy({"x", "F32", {2, 3}, std::as_bytes(std::span(values))});
}

TEST(Npy, ReadsArrays) {
  const Tensor tensor = parse(header_of("'<u2'", "False", "(2, 2)"), {1, 0, 2, 0, 3, 0, 4, 1});
  EXPECT_EQ(tensor.name, "x");
  EXPECT_EQ(tensor.dtype, "U16");
  EXPECT_EQ(tensor.shape, (std::vector<std::size_t>{2, 2}));
  EXPECT_EQ(to_floats(view(tensor), "f"), (std::vector<float>{1, 2, 3, 260}));
}

TEST(Npy, ReadsOtherOrders) {
  const Tensor fortran = parse(header_of("'|i1'", "True", "(2, 3)"), {1, 4, 2, 5, 3, 6});
  EXPECT_EQ(to_floats(view(fortran), "f"), (std::vector<float>{1, 2, 3, 4, 5, 6}));
  const Tensor big = parse(header_of("'>i4'", "False", "(1,)"), {0, 0, 1, 2});
  EXPECT_EQ(big.dtype, "I32");
  EXPECT_EQ(to_floats(view(big), "f"), std::vector<float>{258});
}

TEST(Npy, ReadsEveryVersion) {
  for (const int version : {1, 2, 3}) {
    const auto file = file_of(header_of("'|u1'", "False", "(2,)"), "ab", version);
    EXPECT_EQ(parse_npy(file, "f").shape, std::vector<std::size_t>{2});
  }
  const auto error = error_of([] { parse_npy(file_of("{}", "", 4), "f"); });
  EXPECT_EQ(error.code(), ErrorCode::unsupported);
  EXPECT_TRUE(mentions(error, {"4.0"}));
}

TEST(Npy, ReadsTheHeadersOfOtherWriters) {
  for (const char* header : {"{'shape': (8,), 'fortran_order': False, 'descr': '|u1'}",
                             "{ 'shape':(8L,) ,\n'descr':\"|u1\",'fortran_order':True}\n",
                             "{\"descr\":'|u1','fortran_order':False,'shape':(2,4)}",
                             "{'descr':'|u1','fortran_order':False,'shape':(2,2,2,)}"})
    EXPECT_EQ(parse(header, std::string(8, '\1')).data.size(), 8U) << header;
  EXPECT_TRUE(parse(header_of("'|b1'", "False", "()"), "\1").shape.empty());
  EXPECT_TRUE(parse(header_of("'<f8'", "False", "(0, 18446744073709551615)"), "").data.empty());
}

TEST(Npy, WritesWhatNumPyWrites) {
  const Bytes bytes = sample_file();
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  ASSERT_EQ(bytes.size(), 128U + 24);
  EXPECT_EQ(text.substr(0, 10), std::string_view("\x93NUMPY\x01\x00\x76\x00", 10));
  const std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";
  EXPECT_EQ(text.substr(10, 118), header + std::string(118 - header.size() - 1, ' ') + "\n");
}

TEST(Npy, RoundTripsAllTypes) {
  const std::string data(48, '\1');
  for (const char* dtype :
       {"BOOL", "U8", "I8", "U16", "I16", "F16", "U32", "I32", "F32", "U64", "I64", "F64"}) {
    const std::size_t count = data.size() / dtype_size(dtype);
    for (const auto& shape : std::vector<std::vector<std::size_t>>{{count}, {2, count / 2}, {1, count, 1}}) {
      const Tensor tensor{"x", dtype, shape, bytes_of(data)};
      const Bytes bytes = encode_npy(view(tensor));
      EXPECT_EQ((bytes.size() - data.size()) % 64, 0U);
      const Tensor again = parse_npy(bytes, "f", "x");
      EXPECT_EQ(again.dtype, tensor.dtype);
      EXPECT_EQ(again.shape, tensor.shape);
      EXPECT_EQ(again.data, tensor.data);
    }
  }
}

TEST(Npy, TheWriterRefusesWhatNumPyDoesNotKnow) {
  const Bytes two(2);
  const auto code = [&](const char* dtype, std::vector<std::size_t> shape) {
    return error_of([&] { encode_npy({"x", dtype, std::move(shape), two}); }).code();
  };
  for (const char* dtype : {"BF16", "F8_E5M2", "F8_E4M3", "F128", ""})
    EXPECT_EQ(code(dtype, {1}), ErrorCode::invalid_argument) << dtype;
  EXPECT_EQ(code("U8", {3}), ErrorCode::invalid_argument);
  EXPECT_EQ(code("F16", std::vector<std::size_t>(65, 1)), ErrorCode::invalid_argument);
  EXPECT_EQ(parse_npy(encode_npy({"x", "F16", std::vector<std::size_t>(64, 1), two}), "f").shape.size(), 64U);
}

TEST(Npy, RefusesEveryTruncationAndTrailingBytes) {
  const Bytes whole = sample_file();
  for (std::size_t length = 0; length < whole.size(); ++length)
    EXPECT_EQ(error_of([&] { parse_npy(std::span(whole).first(length), "f"); }).code(), ErrorCode::bad_data)
        << length;
  Bytes longer = whole;
  longer.push_back(std::byte{0});
  EXPECT_TRUE(
      mentions(error_of([&] { parse_npy(longer, "f"); }), {"f, byte 128", "(2, 3)", "24 bytes", "but 25"}));
}

TEST(Npy, SurvivesEveryMutationOfTheHeader) {
  const Bytes whole = sample_file();
  for (std::size_t at = 0; at < 128; ++at) {
    for (int value = 0; value < 256; ++value) {
      Bytes changed = whole;
      changed[at] = static_cast<std::byte>(value);
      try {
        const Tensor tensor = parse_npy(changed, "f");
        const std::size_t values = tensor.dtype == "TEXT" ? 6 : 24;  // of four bytes in the file
        EXPECT_EQ(tensor_size(tensor.dtype, tensor.shape), values);
        EXPECT_EQ(tensor.data.size(), values);
      } catch (const Error& error) {
        EXPECT_EQ(error.file(), "f");
      }
    }
  }
}

TEST(Npy, RefusesMalformedHeaders) {
  for (const char* header : {
           "",
           "{",
           "{}",
           "[]",
           "{'descr'}",
           "{'descr': '|u1', 'fortran_order': False}",
           "{'descr': '|u1', 'shape': (8,)}",
           "{'fortran_order': False, 'shape': (8,)}",
           "{'descr': '|u1', 'fortran_order': False, 'shape': (8,)",
           "{'descr': '|u1', 'fortran_order': False, 'shape': (8,)} x",
           "{'descr': '|u1', 'fortran_order': False, 'shape': (8,),,}",
           "{,'descr': '|u1', 'fortran_order': False, 'shape': (8,)}",
           "{'descr': '|u1' 'fortran_order': False, 'shape': (8,)}",
           "{'descr': '|u1', 'descr': '|u1', 'fortran_order': False, 'shape': (8,)}",
           "{'descr': '|u1', 'fortran_order': False, 'fortran_order': True, 'shape': (8,)}",
           "{'descr': '|u1', 'fortran_order': False, 'shape': (8,), 'shape': (8,)}",
           "{'descr': '|u1', 'fortran_order': False, 'shape': (8,), 'extra': 1}",
           "{'descr': '|u1', 'fortran_order': 0, 'shape': (8,)}",
           "{'descr': '|u1', 'fortran_order': false, 'shape': (8,)}",
           "{'descr': '|u1', 'fortran_order': Falsely, 'shape': (8,)}",
           "{'descr': '|u\\x31', 'fortran_order': False, 'shape': (8,)}",
           "{descr: '|u1', 'fortran_order': False, 'shape': (8,)}",
       }) {
    EXPECT_EQ(refused(header).code(), ErrorCode::bad_data) << header;
  }
}

TEST(Npy, RefusesMalformedShapes) {
  for (const char* shape : {"8",
                            "(8)",
                            "[8]",
                            "(8,",
                            "(,)",
                            "(,8)",
                            "(8,,)",
                            "(2 4)",
                            "(-8,)",
                            "(8.0,)",
                            "('8',)",
                            "((8,),)",
                            "None",
                            "(8,)*2",
                            "(7,)",
                            "(9,)",
                            "(18446744073709551616,)",
                            "(18446744073709551615, 2)",
                            "(4294967296, 4294967296, 8)",
                            "(0x8,)",
                            "(8LL,)",
                            "()"})
    EXPECT_EQ(refused(header_of("'|u1'", "False", shape)).code(), ErrorCode::bad_data) << shape;
  EXPECT_EQ(refused(header_of("'<f8'", "False", "(2305843009213693953,)")).code(), ErrorCode::bad_data);
  std::string deep = "(";
  for (int i = 0; i < 20'000; ++i) deep += "1,";
  EXPECT_TRUE(mentions(refused(header_of("'<f8'", "False", deep + ")")), {"64 dimensions"}));
}

TEST(Npy, ExplainsWhatItDoesNotRead) {
  const auto unsupported = [](const std::string& descr) {
    const auto error = refused(header_of(descr, "False", "(1,)"));
    EXPECT_EQ(error.code(), ErrorCode::unsupported) << descr;
    return error;
  };
  EXPECT_TRUE(mentions(unsupported("'|O'"), {"Python objects", "never run", "numpy.stack(list(array))",
                                             "array.astype(str)", "different sizes"}));
  EXPECT_TRUE(mentions(unsupported("[('x', '<f4'), ('y', '<f4')]"), {"structured", "each of its fields"}));
  for (const char* descr : {"'<c8'", "'<U0'", "'|S'", "'<Ux'", "'<U99999999999999'", "'<M8[ns]'", "'<f16'",
                            "'|V8'", "''", "'\x01'"})
    EXPECT_TRUE(mentions(unsupported(descr), {"astype('float32')"})) << descr;
}

TEST(Npy, SaysWhatIsNoNpyFile) {
  EXPECT_FALSE(is_npy(bytes_of("NUMPY")));
  EXPECT_TRUE(is_npy(sample_file()));
  EXPECT_TRUE(
      mentions(error_of([] { parse_npy(bytes_of("PK\x03\x04"), "a.npy"); }), {"a.npy, byte 0", "NUMPY"}));
}

using test::TempFolder;

const std::vector<float> weights = {1, -2, 3.5F, 0, 5, 6};

std::vector<TensorView> two_arrays() {
  return {{"W1", "F32", {2, 3}, std::as_bytes(std::span(weights))}, {"folder/empty", "I64", {0, 5}, {}}};
}

Error refused_archive(const std::vector<ZipEntry>& entries) {
  return error_of([&] { parse_npz(encode_zip(entries), "a.npz"); });
}

TEST(Npz, RoundTrips) {
  const Bytes bytes = encode_npz(two_arrays());
  const auto tensors = parse_npz(bytes, "f");
  ASSERT_EQ(tensors.size(), 2U);
  EXPECT_EQ(tensors[0].name, "W1");
  EXPECT_EQ(tensors[0].shape, (std::vector<std::size_t>{2, 3}));
  EXPECT_EQ(to_floats(view(tensors[0]), "f"), weights);
  EXPECT_EQ(tensors[1].name, "folder/empty");
  EXPECT_EQ(tensors[1].dtype, "I64");
  EXPECT_EQ(encode_npz(std::vector<TensorView>{view(tensors[0]), view(tensors[1])}), bytes);
  EXPECT_TRUE(parse_npz(encode_npz({}), "f").empty());
}

TEST(Npz, NamesEntriesThatAreNoArrays) {
  EXPECT_TRUE(mentions(refused_archive({{"readme.txt", bytes_of("text")}}),
                       {"a.npz: entry 'readme.txt' is not an .npy"}));
  EXPECT_TRUE(mentions(refused_archive({{"x.npy", bytes_of("text")}}), {"'x.npy' is not an .npy"}));
  EXPECT_TRUE(mentions(refused_archive({{"x", encode_npy(two_arrays()[0])}}), {"'x' is not an .npy"}));
}

TEST(Npz, SaysInWhichEntryTheTroubleIs) {
  Bytes array = encode_npy(two_arrays()[0]);
  array.pop_back();
  EXPECT_TRUE(
      mentions(refused_archive({{"W1.npy", array}}), {"a.npz (W1.npy), byte 128", "24 bytes, but 23"}));
}

TEST(Npz, RefusesEveryTruncation) {
  const Bytes whole = encode_npz(two_arrays());
  for (std::size_t length = 0; length < whole.size(); ++length)
    EXPECT_EQ(error_of([&] { parse_npz(std::span(whole).first(length), "f"); }).code(), ErrorCode::bad_data);
}

TEST(Npz, BoundsTheUnpackedSize) {
  const std::vector<float> zeros(25'000'000);
  const Bytes bomb =
      encode_npz(std::vector<TensorView>{{"zeros", "F32", {zeros.size()}, std::as_bytes(std::span(zeros))}});
  EXPECT_TRUE(mentions(error_of([&] { parse_npz(bomb, "f"); }), {"zeros.npy", "--unpack-ratio"}));
  EXPECT_EQ(parse_npz(bomb, "f", {.most_ratio = 2000})[0].data.size(), 100'000'000U);
}

TEST(Npz, TheWriterRefusesNamesThatItCouldNotReadBack) {
  const TensorView array = two_arrays()[0];
  TensorView nameless = array;
  nameless.name.clear();
  for (const auto& arrays : std::vector<std::vector<TensorView>>{{array, array}, {nameless}})
    EXPECT_EQ(error_of([&] { encode_npz(arrays); }).code(), ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace scrawl::npy_test
