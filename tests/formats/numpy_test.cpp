#include "base/process.h"
#include "formats/npy.h"
#include "testing.h"

#include <cstdlib>
#include <optional>

// Do NumPy and scrawl read each other's files? Skipped where no Python with NumPy is installed.

namespace scrawl::numpy_test {
namespace {

using test::TempFolder;

/// A Python that has NumPy, if there is one.
std::optional<std::string> python() {
  static const std::optional<std::string> found = []() -> std::optional<std::string> {
    for (const char* program : {"python3", "/usr/bin/python3"})
      if (run_process({program, "-c", "import numpy"}).exit_code == 0) return program;
    return std::nullopt;
  }();
  return found;
}

class NumPy : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!python()) GTEST_SKIP() << "no Python with NumPy";
  }

  /// Runs a script in `folder_`; count(dtype, shape) there is an array that counts up from -3.
  void run(const std::string& script) const {
    const std::string prelude =
        "import io, numpy as np\n"
        "def count(dtype, shape):\n"
        "  n = int(np.prod(shape))\n"
        "  return (np.arange(n) - 3).astype(dtype).reshape(shape)\n"
        "types = dict(BOOL='b1', U8='u1', I8='i1', U16='u2', I16='i2', F16='f2', U32='u4', I32='i4',\n"
        "             F32='f4', U64='u8', I64='i8', F64='f8')\n";
    const auto result = run_process({*python(), "-c", prelude + script}, folder_.path());
    ASSERT_EQ(result.exit_code, 0) << result.output;
  }

  TempFolder folder_;
};

constexpr const char* dtypes[] = {"BOOL", "U8",  "I8",  "U16", "I16", "F16",
                                  "U32",  "I32", "F32", "U64", "I64", "F64"};

TEST_F(NumPy, ReadsOurFiles) {
  // Any bytes will do, but those of a bool are 0 or 1.
  Bytes data(48);
  std::vector<TensorView> tensors;
  for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::byte>(i & 1);
  for (const std::string dtype : dtypes) {
    const std::size_t count = data.size() / dtype_size(dtype);
    tensors.push_back({dtype, dtype, {2, count / 2}, data});
    tensors.push_back({"folder/" + dtype, dtype, {count}, data});
    tensors.push_back({dtype + "-0d", dtype, {}, std::span(data).first(dtype_size(dtype))});
    tensors.push_back({dtype + "-empty", dtype, {0, 3}, {}});
  }
  tensors.push_back({"\xe6\x95\xb0", "U8", {48}, data});
  write_file(folder_ / "ours.npz", encode_npz(tensors));
  for (const auto& tensor : tensors) {
    AtomicFile file(folder_ / (tensor.dtype + "-" + std::to_string(tensor.shape.size()) + "-" +
                               std::to_string(tensor.data.size()) + ".npy"));
    file.write(encode_npy(tensor));
    file.commit();
  }
  run(R"(
import glob
data = bytes(i & 1 for i in range(48))
file = np.load('ours.npz', allow_pickle=False)
assert len(file.files) == 49 and '\u6570' in file.files
for name in file.files:
  array = file[name]
  if name != '\u6570':
    assert array.dtype == types[name.split('/')[-1].split('-')[0]], name
  shape = () if name.endswith('0d') else (0, 3) if name.endswith('empty') else None
  assert shape is None or array.shape == shape, name
  assert array.tobytes() == data[:array.nbytes] and array.nbytes in (0, array.itemsize, 48), name
new = tuple(map(int, np.__version__.split('.')[:2])) >= (1, 24)
for path in glob.glob('*.npy'):
  array = np.load(path, allow_pickle=False)
  again = io.BytesIO()
  np.save(again, array)
  if new: assert again.getvalue() == open(path, 'rb').read(), path
)");
}

TEST_F(NumPy, WritesFilesThatWeRead) {
  run(R"(
arrays = {}
for ours, dtype in types.items():
  for order in '<>':
    for layout in 'CF':
      for shape in [(), (7,), (2, 3), (2, 1, 3, 4), (0, 2)]:
        array = np.array(count(np.dtype(dtype).newbyteorder(order), shape), order=layout)
        name = ours + '|' + order + layout + '|' + 'x'.join(map(str, shape))
        arrays[name] = array
np.savez('stored.npz', **arrays)
np.savez_compressed('packed.npz', **arrays)
for name, array in arrays.items():
  open('%s.bytes' % name.replace('|', '-').replace('<', 'l').replace('>', 'b'), 'wb').write(
      np.ascontiguousarray(array.astype(array.dtype.newbyteorder('<'))).tobytes())
np.save('one.npy', np.asfortranarray(count('>f8', (5, 4))))
np.lib.format.write_array(open('two.npy', 'wb'), count('<f8', (5, 4)), version=(2, 0))
np.lib.format.write_array(open('three.npy', 'wb'), count('<f8', (5, 4)), version=(3, 0))
)");
  for (const char* name : {"stored.npz", "packed.npz"}) {
    const auto tensors = parse_npz(read_file(folder_ / name), name);
    EXPECT_EQ(tensors.size(), 12U * 2 * 2 * 5);
    for (const Tensor& tensor : tensors) {
      std::string file = tensor.name + ".bytes";
      for (char& c : file) c = c == '|' ? '-' : c == '<' ? 'l' : c == '>' ? 'b' : c;
      EXPECT_EQ(tensor.data, read_file(folder_ / file)) << tensor.name;
      EXPECT_TRUE(tensor.name.starts_with(tensor.dtype + "|")) << tensor.dtype;
    }
  }
  std::vector<float> expected(20);
  for (std::size_t i = 0; i < expected.size(); ++i) expected[i] = static_cast<float>(i) - 3;
  for (const char* name : {"one.npy", "two.npy", "three.npy"}) {
    const Tensor tensor = parse_npy(read_file(folder_ / name), name);
    EXPECT_EQ(tensor.shape, (std::vector<std::size_t>{5, 4}));
    EXPECT_EQ(to_floats(view(tensor), name), expected);
  }
}

TEST_F(NumPy, TextsGoBothWays) {
  run(R"(
names = ['cat', '\u732b', '', '\U0001f408 long', 'cat', 'x\0y']
np.save('unicode.npy', np.array(names))
np.save('big.npy', np.array(names).astype('>U9'))
np.save('bytes.npy', np.array([b'cat', b'\xff', b'cat']))
np.save('fortran.npy', np.asfortranarray(np.array([['a', 'b'], ['c', 'a'], ['b', 'd']])))
)");
  const std::vector<std::string> names = {"cat", "\xe7\x8c\xab", "", "\xf0\x9f\x90\x88 long",
                                          std::string("x\0y", 3)};
  for (const char* file : {"unicode.npy", "big.npy"}) {
    const Tensor tensor = parse_npy(read_file(folder_ / file), file, "y");
    EXPECT_EQ(tensor.dtype, "TEXT");
    EXPECT_EQ(tensor.texts, names);
    EXPECT_EQ(tensor.data, test::bytes_of(std::string("\0\1\2\3\0\4", 6)));
  }
  const Tensor bytes = parse_npy(read_file(folder_ / "bytes.npy"), "bytes.npy");
  EXPECT_EQ(bytes.texts, (std::vector<std::string>{"cat", "\xff"}));
  const Tensor fortran = parse_npy(read_file(folder_ / "fortran.npy"), "fortran.npy");
  std::string in_order;
  for (const auto place : fortran.data) in_order += fortran.texts[std::to_integer<std::size_t>(place)];
  EXPECT_EQ(in_order, "abcabd");

  const std::vector<TensorView> ours = {{"bytes", "TEXT", {3}, bytes.data, bytes.texts},
                                        {"unicode", "TEXT", {2}, std::as_bytes(std::span("\1\3", 2)), names}};
  write_file(folder_ / "ours.npz", encode_npz(ours));
  run(R"(
file = np.load('ours.npz', allow_pickle=False)
assert file['bytes'].tolist() == [b'cat', b'\xff', b'cat'], file['bytes']
assert file['unicode'].tolist() == ['\u732b', '\U0001f408 long'], file['unicode']
)");
}

TEST_F(NumPy, ObjectArraysAreSavedAsTheirMessageSays) {
  run(R"(
images = np.empty(2, object)
images[:] = [np.full((3, 4), 7, 'uint8'), np.full((3, 4), 9, 'uint8')]
np.save('images.npy', np.stack(list(images)))
np.save('names.npy', np.array(['b', 'a'], object).astype(str))
)");
  EXPECT_EQ(parse_npy(read_file(folder_ / "images.npy"), "f").shape, (std::vector<std::size_t>{2, 3, 4}));
  EXPECT_EQ(parse_npy(read_file(folder_ / "names.npy"), "f").texts, (std::vector<std::string>{"b", "a"}));
}

TEST_F(NumPy, WritesFilesThatWeRefuse) {
  run(R"(
np.save('object.npy', np.array([{}, None], dtype=object), allow_pickle=True)
np.save('fields.npy', np.zeros(3, dtype=[('x', '<f4'), ('y', '<i4')]))
np.save('text.npy', np.array([str(i) for i in range(257)]))
np.save('complex.npy', np.zeros(3, dtype='c8'))
)");
  for (const char* name : {"object.npy", "fields.npy", "text.npy", "complex.npy"})
    EXPECT_EQ(test::error_of([&] { parse_npy(read_file(folder_ / name), name); }).code(),
              ErrorCode::unsupported);
}

TEST(RealNpz, MnistAsKerasHasIt) {
  const auto folder = environment("SCRAWL_TEST_DATA");
  if (!folder) GTEST_SKIP() << "SCRAWL_TEST_DATA is not set";
  const auto path = std::filesystem::path(*folder) / "containers/mnist.npz";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "SCRAWL_TEST_DATA has no " << path;
  const auto tensors = parse_npz(read_file(path), path.string());
  ASSERT_EQ(tensors.size(), 4U);
  const auto expect = [&](const char* name, const std::vector<std::size_t>& shape) {
    for (const auto& tensor : tensors) {
      if (tensor.name != name) continue;
      EXPECT_EQ(tensor.shape, shape) << name;
      EXPECT_EQ(tensor.dtype, "U8") << name;
      return;
    }
    ADD_FAILURE() << name << " is missing";
  };
  expect("x_train", {60000, 28, 28});
  expect("y_train", {60000});
  expect("x_test", {10000, 28, 28});
  expect("y_test", {10000});
}

}  // namespace
}  // namespace scrawl::numpy_test
