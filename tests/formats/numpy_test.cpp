#include "base/process.h"
#include "formats/npy.h"
#include "formats/npz.h"
#include "testing.h"

#include <cstdlib>
#include <optional>

// Do NumPy and scrawl read each other's files? Skipped where no Python with NumPy is installed.

namespace scrawl {
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
  write_npz(folder_ / "ours.npz", tensors);
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

TEST_F(NumPy, WritesFilesThatWeRefuse) {
  run(R"(
np.save('object.npy', np.array([{}, None], dtype=object), allow_pickle=True)
np.save('fields.npy', np.zeros(3, dtype=[('x', '<f4'), ('y', '<i4')]))
np.save('text.npy', np.array(['a', 'bc']))
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
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "no " << path;
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
}  // namespace scrawl
