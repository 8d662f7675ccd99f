#include "formats/npz.h"

#include "formats/npy.h"
#include "formats/zip.h"
#include "testing.h"

namespace scrawl::npz_test {
namespace {

using test::bytes_of;
using test::error_of;
using test::mentions;
using test::TempFolder;

const std::vector<float> weights = {1, -2, 3.5F, 0, 5, 6};

std::vector<TensorView> two_arrays() {
  return {{"W1", "F32", {2, 3}, std::as_bytes(std::span(weights))}, {"folder/empty", "I64", {0, 5}, {}}};
}

Error refused(const std::vector<ZipEntry>& entries) {
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

TEST(Npz, WritesTheSameBytesToAFile) {
  const TempFolder folder;
  write_npz(folder / "a.npz", two_arrays());
  EXPECT_EQ(read_file(folder / "a.npz"), encode_npz(two_arrays()));
}

TEST(Npz, NamesEntriesThatAreNoArrays) {
  EXPECT_TRUE(
      mentions(refused({{"readme.txt", bytes_of("text")}}), {"a.npz: entry 'readme.txt' is not an .npy"}));
  EXPECT_TRUE(mentions(refused({{"x.npy", bytes_of("text")}}), {"'x.npy' is not an .npy"}));
  EXPECT_TRUE(mentions(refused({{"x", encode_npy(two_arrays()[0])}}), {"'x' is not an .npy"}));
}

TEST(Npz, SaysInWhichEntryTheTroubleIs) {
  Bytes array = encode_npy(two_arrays()[0]);
  array.pop_back();
  EXPECT_TRUE(mentions(refused({{"W1.npy", array}}), {"a.npz (W1.npy), byte 128", "24 bytes, but 23"}));
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
}  // namespace scrawl::npz_test
