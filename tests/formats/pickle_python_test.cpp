// Pickles that Python and NumPy wrote, and pickles for them.
#include "base/files.h"
#include "formats/gzip.h"
#include "formats/pickle.h"
#include "formats/pickle_writer.h"
#include "python.h"
#include "testing.h"

#include <algorithm>
#include <cstdlib>

namespace scrawl::pickle_python_test {
namespace {

using test::error_of;
using test::lines_of;
using test::mentions;
using test::TempFolder;

Pickle read(const std::filesystem::path& path) {
  Bytes bytes = read_file(path);
  EXPECT_TRUE(is_pickle(bytes)) << path;
  return parse_pickle(std::move(bytes), path.filename().string());
}

TEST(PickleFromPython, AllProtocolsTypesAndLayouts) {
  const std::string python = test::python_with("numpy");
  if (python.empty()) GTEST_SKIP() << "needs Python with NumPy";
  const TempFolder folder;
  test::run_python(python, std::string(test::python_line) + R"(
import collections, pickle
import numpy as np
rng = np.random.default_rng(1)
types = ['<f2', '<f4', '<f8', '>f2', '>f4', '>f8', '|u1', '|i1', '<u2', '<i2', '<u4', '<i4', '<u8', '<i8', '>u2',
         '>i4', '>i8', '|b1']
types = {t: (rng.standard_normal((3, 4)) * 100).astype(np.dtype(t)) for t in types}
shapes = {'scalar': np.float32(2).reshape(()), 'none': np.zeros((0, 3), 'f4'), 'one': np.arange(5.0),
          'four': rng.standard_normal((2, 3, 4, 5)).astype('f4')}
f = {'two': np.asfortranarray(types['<f4']), 'big': np.asfortranarray(types['>i4']),
     'four': np.asfortranarray(shapes['four']), 'ones': np.asfortranarray(np.ones((1, 1, 7), 'i2')),
     'turned': types['<f8'].T, 'part': shapes['four'][:, 1:, ::2]}
shared = np.arange(4, dtype='i8')
sets = {
    'types': types, 'shapes': shapes, 'fortran': f,
    'array': types['>f8'],
    'list': [types['<f4'], types['|b1'], None, 3, 'x'],
    'pairs': tuple((shapes['four'], shared) for _ in range(3)),
    'ordered': collections.OrderedDict([('W1', types['<f4']), ('b1', shared)]),
    'mixed': {'epoch': 3, 'lr': 0.1, 'big': 2**70, 'neg': -2**70, 'ok': True, 'no': None, 'name': 'caf\u00e9 \U0001f600\n\\',
              'bytes': b'\x00\xff', 'empty': b'', 'acc': np.float64(0.5), 'n': np.int32(7), 7: shared,
              'deep': [{'a': (shared, [types['<f4']])}], 'texts': ['a'] * 3, 't': (), 'l': [], 'd': {}},
}
def walk(name, value):
    if isinstance(value, np.ndarray): return line(name, value)
    if isinstance(value, dict): items = value.items()
    elif isinstance(value, (list, tuple)): items = enumerate(value)
    else: return ''
    return ''.join(walk((name + '.' if name else '') + str(k), v) for k, v in items)
for name, value in sets.items():
    open(name + '.txt', 'w').write(walk('', value))
    for protocol in range(6):
        pickle.dump(value, open('%s.%d.pkl' % (name, protocol), 'wb'), protocol)
)",
                   folder.path());
  if (HasFatalFailure()) return;
  for (const char* name : {"types", "shapes", "fortran", "array", "list", "pairs", "ordered", "mixed"}) {
    const std::string expected = read_text_file(folder / (std::string(name) + ".txt"));
    EXPECT_FALSE(expected.empty());
    for (const char* protocol : {"0", "1", "2", "3", "4", "5"}) {
      const Pickle pickle = read(folder / (std::string(name) + "." + protocol + ".pkl"));
      EXPECT_EQ(lines_of(arrays(pickle)), expected) << name << ", protocol " << protocol;
    }
  }
}

TEST(PickleFromPython, TextsNameClasses) {
  const std::string python = test::python_with("numpy");
  if (python.empty()) GTEST_SKIP() << "needs Python with NumPy";
  const TempFolder folder;
  test::run_python(python, R"(
import pickle
import numpy as np
y = np.array(['cat', '\u732b', 'cat'])
for protocol in range(6):
    pickle.dump({'y': y, 'big': y.astype('>U4'), 'bytes': y[:1].astype('S')}, open('%d.pkl' % protocol, 'wb'), protocol)
)",
                   folder.path());
  if (HasFatalFailure()) return;
  for (const char* protocol : {"0", "1", "2", "3", "4", "5"}) {
    const Pickle pickle = read(folder / (std::string(protocol) + ".pkl"));
    const auto all = arrays(pickle);
    ASSERT_EQ(all.size(), 3U);
    for (const auto& tensor : {all[0], all[1]}) {
      EXPECT_EQ(tensor.dtype, "TEXT");
      EXPECT_EQ(std::vector<std::string>(tensor.texts.begin(), tensor.texts.end()),
                (std::vector<std::string>{"cat", "\xe7\x8c\xab"}));
      EXPECT_EQ(Bytes(tensor.data.begin(), tensor.data.end()), test::bytes_of(std::string("\0\1\0", 3)));
    }
    EXPECT_EQ(all[2].texts[0], "cat");
  }
}

TEST(PickleFromPython, ObjectsAreRefusedByName) {
  const std::string python = test::python_with("numpy");
  if (python.empty()) GTEST_SKIP() << "needs Python with NumPy";
  const TempFolder folder;
  test::run_python(python, R"(
import os, pickle, fractions
import numpy as np
class Evil:
    def __reduce__(self): return os.system, ('touch HACKED',)
class Net: pass
sets = {'evil': [np.zeros(3), Evil()], 'net': Net(), 'objects': np.array([1, 'a', None], object),
        'texts': np.array([str(i) for i in range(257)]), 'complex': np.zeros(3, complex), 'times': np.zeros(3, 'M8[s]'),
        'fields': np.zeros(3, [('a', 'f4'), ('b', 'i4')]), 'matrix': np.matrix([[1, 2]]), 'set': {1, 2},
        'fraction': fractions.Fraction(1, 2), 'masked': np.ma.array([1, 2], mask=[0, 1]), 'function': os.system}
for name, value in sets.items():
    for protocol in range(6):
        pickle.dump(value, open('%s.%d.pkl' % (name, protocol), 'wb'), protocol)
)",
                   folder.path());
  if (HasFatalFailure()) return;
  struct Case {
    const char* name;
    const char* mention;
  };
  for (const auto& [name, mention] : std::initializer_list<Case>{{"evil", ".system"},
                                                                 {"objects", "'O8'"},
                                                                 {"texts", "256 different texts"},
                                                                 {"complex", "'c16'"},
                                                                 {"times", "'M8'"},
                                                                 {"fields", "structures"},
                                                                 {"matrix", ".matrix"},
                                                                 {"set", "set"},
                                                                 {"masked", "numpy.ma"},
                                                                 {"function", ".system"}})
    for (const char* protocol : {"0", "1", "2", "3", "4", "5"}) {
      const auto path = folder / (std::string(name) + "." + protocol + ".pkl");
      const auto error = error_of([&] { read(path); });
      EXPECT_EQ(error.code(), ErrorCode::unsupported) << path;
      EXPECT_TRUE(mentions(error, {mention}));
    }
  for (const char* protocol : {"0", "1", "2", "3", "4", "5"}) {
    EXPECT_EQ(error_of([&] { read(folder / (std::string("net.") + protocol + ".pkl")); }).code(),
              ErrorCode::unsupported);
    EXPECT_EQ(error_of([&] { read(folder / (std::string("fraction.") + protocol + ".pkl")); }).code(),
              ErrorCode::unsupported);
  }
  EXPECT_FALSE(std::filesystem::exists(folder / "HACKED"));
}

const std::vector<float> images = {0, 0.5F, 1, -2, 1e-3F, 0.99609375F};
const std::vector<std::int64_t> labels = {7, -1};

std::vector<std::pair<TensorView, TensorView>> sample_pairs() {
  const TensorView x{"x", "F32", {2, 3}, std::as_bytes(std::span(images))};
  const TensorView y{"y", "I64", {2}, std::as_bytes(std::span(labels))};
  const TensorView none{"none", "U8", {0, 784}, {}};
  return {{x, y}, {x, y}, {none, y}};
}

TEST(PickleWriter, WritesWhatTheReaderReads) {
  const Pickle pickle = parse_pickle(encode_pickled_pairs(sample_pairs()), "f");
  std::vector<TensorView> expected;
  const char* names[] = {"0.0", "0.1", "1.0", "1.1", "2.0", "2.1"};
  for (const auto& [x, y] : sample_pairs()) {
    for (TensorView tensor : {x, y}) {
      tensor.name = names[expected.size()];
      expected.push_back(tensor);
    }
  }
  EXPECT_EQ(lines_of(arrays(pickle)), lines_of(expected));
}

TEST(PickleWriter, WritesEveryTypeThatNumPyHas) {
  const Bytes zeros(8, std::byte{0x81});
  for (const char* dtype :
       {"F16", "F32", "F64", "I8", "I16", "I32", "I64", "U8", "U16", "U32", "U64", "BOOL"}) {
    const TensorView tensor{"", dtype, {8 / dtype_size(dtype)}, zeros};
    const std::pair pair(tensor, tensor);
    const Pickle pickle = parse_pickle(encode_pickled_pairs({&pair, 1}), "f");
    EXPECT_EQ(arrays(pickle)[1].dtype, dtype);
    EXPECT_TRUE(std::ranges::equal(arrays(pickle)[1].data, zeros));
  }
}

TEST(PickleWriter, RefusesWhatItCouldNotReadBack) {
  for (const auto& tensor : {TensorView{"x", "BF16", {3}, std::as_bytes(std::span(images)).first(6)},
                             TensorView{"x", "F32", {5}, std::as_bytes(std::span(images))}}) {
    const std::pair pair(tensor, tensor);
    const auto error = error_of([&] { encode_pickled_pairs({&pair, 1}); });
    EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
    EXPECT_TRUE(mentions(error, {"'x'"}));
  }
}

TEST(PickleWriter, PythonLoadsItWithAndWithoutAnEncoding) {
  const std::string python = test::python_with("numpy");
  if (python.empty()) GTEST_SKIP() << "needs Python with NumPy";
  const TempFolder folder;
  const Bytes bytes = encode_pickled_pairs(sample_pairs());
  write_file(folder / "mnist.pkl",
             std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  test::run_python(python, std::string(test::python_line) + R"(
import pickle
import numpy as np
text = {}
for options in ({}, {'encoding': 'latin1'}, {'encoding': 'bytes'}):
    pairs = pickle.load(open('mnist.pkl', 'rb'), **options)
    assert type(pairs) is tuple and all(type(p) is tuple for p in pairs)
    (x, y), _, (empty, _) = pairs
    assert x.dtype == np.float32 and y.dtype == np.int64 and empty.shape == (0, 784)
    open('out.txt', 'w').write(line('x', x) + line('y', y))
    assert text.setdefault('', open('out.txt').read()) == open('out.txt').read()
)",
                   folder.path());
  if (HasFatalFailure()) return;
  EXPECT_EQ(read_text_file(folder / "out.txt"),
            lines_of({sample_pairs()[0].first, sample_pairs()[0].second}));
}

/// A file of the test material; empty where that is absent.
std::filesystem::path material(const char* name) {
  const auto folder = environment("SCRAWL_TEST_DATA");
  if (!folder) return {};
  const auto path = std::filesystem::path(*folder) / name;
  return std::filesystem::exists(path) ? path : std::filesystem::path{};
}

std::string summary(const Pickle& pickle) {
  std::string text;
  for (const auto& found : arrays(pickle))
    text += found.name + " " + found.dtype + " " + shape_text(found.shape) + "; ";
  return text;
}

TEST(PickleOfOthers, SmallNetwork) {
  const auto path = material("weights/sample_weight.pkl");
  if (path.empty()) GTEST_SKIP() << "needs SCRAWL_TEST_DATA";
  const Pickle pickle = read(path);
  EXPECT_EQ(
      summary(pickle),
      "b2 F32 (100,); W1 F32 (784, 50); b1 F32 (50,); W2 F32 (50, 100); W3 F32 (100, 10); b3 F32 (10,); ");
  EXPECT_EQ(pickle.copies.size(), 3U) << "W1 to W3, which are in Fortran order";
}

TEST(PickleOfOthers, ConvolutionalNetworks) {
  const auto simple = material("weights/ch07_params.pkl");
  const auto deep = material("weights/ch08_deep_convnet_params.pkl");
  if (simple.empty() || deep.empty()) GTEST_SKIP() << "needs SCRAWL_TEST_DATA";
  EXPECT_EQ(summary(read(simple)),
            "W1 F64 (30, 1, 5, 5); b1 F64 (30,); W2 F64 (4320, 100); b2 F64 (100,); W3 F64 (100, 10); b3 F64 "
            "(10,); ");
  EXPECT_EQ(arrays(read(deep)).size(), 16U);
}

TEST(PickleOfOthers, MnistFromPython2) {
  const auto path = material("containers/mnist.pkl.gz");
  if (path.empty()) GTEST_SKIP() << "needs SCRAWL_TEST_DATA";
  const Pickle pickle = parse_pickle(gunzip(read_file(path), "mnist.pkl.gz"), "mnist.pkl.gz");
  EXPECT_EQ(summary(pickle),
            "0.0 F32 (50000, 784); 0.1 I64 (50000,); 1.0 F32 (10000, 784); 1.1 I64 (10000,); "
            "2.0 F32 (10000, 784); 2.1 I64 (10000,); ");
  EXPECT_TRUE(pickle.copies.empty()) << "157 MB need not be copied";
  const auto found = arrays(pickle);
  EXPECT_EQ(to_floats(found[1], "f")[0], 5);
  EXPECT_EQ(to_floats(found[5], "f")[0], 7);
}

}  // namespace
}  // namespace scrawl::pickle_python_test
