#include "formats/weight_file.h"

#include "formats/zip.h"
#include "python.h"
#include "testing.h"

#include <cstring>

namespace scrawl::weight_file_test {
namespace {

using namespace std::string_literals;
using test::bytes_of;
using test::error_of;
using test::mentions;
using test::TempFolder;

std::string u64(std::uint64_t value) {
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &value, 8);
  return bytes;
}
std::string whole(std::uint64_t value) { return "\x8a\x09" + u64(value) + "\0"s; }

/// Opcodes for a tuple of these whole numbers.
std::string tuple(const std::vector<std::uint64_t>& values) {
  std::string program = "(";
  for (const auto value : values) program += whole(value);
  return program + "t";
}

std::string storage(const std::string& key, std::uint64_t count, const std::string& type = "Float") {
  return "(X\7\0\0\0storagectorch\n"s + type + "Storage\nU" + static_cast<char>(key.size()) + key + "U\3cpu" +
         whole(count) + "tQ";
}

std::string tensor(const std::string& from, std::uint64_t start, const std::vector<std::uint64_t>& shape,
                   const std::vector<std::uint64_t>& strides) {
  return "ctorch._utils\n_rebuild_tensor_v2\n(" + from + whole(start) + tuple(shape) + tuple(strides) +
         "\x89"
         "ccollections\nOrderedDict\n)RtR";
}

/// torch.save's file with this program as data.pkl and one storage of the floats 0, 1, 2 ...
Bytes file_of(const std::string& program, std::size_t floats = 6, const std::string& byte_order = "little") {
  std::vector<float> values(floats);
  for (std::size_t i = 0; i < floats; ++i) values[i] = static_cast<float>(i);
  const auto data = std::as_bytes(std::span(values));
  const std::vector<ZipEntry> entries{{"net/data.pkl", bytes_of("\x80\2" + program + ".")},
                                      {"net/byteorder", bytes_of(byte_order)},
                                      {"net/data/0", {data.begin(), data.end()}},
                                      {"net/version", bytes_of("3\n")}};
  return encode_zip(entries);
}

std::vector<Tensor> parse(const std::string& program, std::size_t floats = 6) {
  return parse_torch(file_of(program, floats), "net.pt");
}

Error refused(const std::string& program) {
  const auto error = error_of([&] { parse(program); });
  EXPECT_TRUE(mentions(error, {"net.pt"}));
  EXPECT_TRUE(error.code() == ErrorCode::bad_data || error.code() == ErrorCode::unsupported);
  return error;
}

TEST(Torch, ReadsAStateDict) {
  const auto tensors = parse("}X\6\0\0\0weight"s + tensor(storage("0", 6), 0, {2, 2}, {2, 1}) + "sVbias\n" +
                             tensor(storage("0", 6), 4, {2}, {1}) + "s");
  ASSERT_EQ(tensors.size(), 2U);
  EXPECT_EQ(tensors[0].name, "weight");
  EXPECT_EQ(tensors[0].dtype, "F32");
  EXPECT_EQ(to_floats(view(tensors[0]), "f"), (std::vector<float>{0, 1, 2, 3}));
  EXPECT_EQ(tensors[1].name, "bias");
  EXPECT_EQ(to_floats(view(tensors[1]), "f"), (std::vector<float>{4, 5}));
}

TEST(Torch, GathersStridedTensors) {
  const auto values = [](std::uint64_t start, const std::vector<std::uint64_t>& shape,
                         const std::vector<std::uint64_t>& strides) {
    return to_floats(view(parse(tensor(storage("0", 6), start, shape, strides))[0]), "f");
  };
  EXPECT_EQ(values(0, {3, 2}, {1, 3}), (std::vector<float>{0, 3, 1, 4, 2, 5}));
  EXPECT_EQ(values(1, {3}, {2}), (std::vector<float>{1, 3, 5}));
  EXPECT_EQ(values(5, {2, 2}, {0, 0}), (std::vector<float>{5, 5, 5, 5}));
  EXPECT_EQ(values(0, {2, 1, 3}, {1, 77, 2}), (std::vector<float>{0, 2, 4, 1, 3, 5}));
  EXPECT_EQ(values(2, {}, {}), (std::vector<float>{2}));
  EXPECT_TRUE(values(6, {0, 9}, {9, 1}).empty());
}

TEST(Torch, RefusesTensorsBeyondTheirStorage) {
  const auto try_one = [](std::uint64_t start, const std::vector<std::uint64_t>& shape,
                          const std::vector<std::uint64_t>& strides) {
    const auto error = refused(tensor(storage("0", 6), start, shape, strides));
    EXPECT_EQ(error.code(), ErrorCode::bad_data);
  };
  try_one(0, {7}, {1});
  try_one(1, {6}, {1});
  try_one(6, {}, {});
  try_one(0, {2}, {6});
  try_one(0, {2}, {~0ULL >> 1});
  try_one(0, {3, 3, 3}, {~0ULL >> 1, ~0ULL >> 1, 2});
  try_one(~0ULL >> 1, {2}, {~0ULL >> 1});
  try_one(~0ULL >> 1, {1ULL << 62}, {1});
  try_one(0, {1ULL << 62, 1ULL << 62}, {0, 0});
  try_one(0, {2, 2}, {1});
  refused(tensor(storage("0", 7), 0, {1}, {1}));
  refused(tensor(storage("0", 1ULL << 62), 0, {1}, {1}));
  refused(tensor(storage("1", 6), 0, {1}, {1}));
  refused(
      "(X\7\0\0\0storagectorch\nFloatStorage\nU\1"
      "0U\3cpuJ\xff\xff\xff\xfftQ"s);
  refused("ctorch._utils\n_rebuild_tensor_v2\n(" + storage("0", 6) + "J\xff\xff\xff\xff))\x89NtR");
  refused("ctorch._utils\n_rebuild_tensor_v2\n(" + storage("0", 6) + "K\0N)\x89NtR"s);
}

TEST(Torch, BoundsWhatStridesOfZeroUnfoldTo) {
  EXPECT_TRUE(mentions(refused(tensor(storage("0", 6), 0, {1ULL << 40}, {0})), {"share"}));
  EXPECT_TRUE(mentions(refused(tensor(storage("0", 6), 0, {1ULL << 61}, {0})), {"share"}));
  EXPECT_EQ(parse(tensor(storage("0", 6), 0, {1000}, {0}))[0].data.size(), 4000U);
}

TEST(Torch, RefusesWhatIsNoStateDictWithTheRemedy) {
  EXPECT_TRUE(mentions(refused("ctorch.nn.modules.container\nSequential\n)\x81"),
                       {"torch.nn.modules.container.Sequential", "torch.save(model.state_dict()"}));
  EXPECT_TRUE(mentions(refused("c__main__\nNet\n)\x81"), {"__main__.Net", "state_dict"}));
  EXPECT_TRUE(mentions(refused("cposix\nsystem\n(S'true'\ntR"), {"posix.system"}));
  EXPECT_TRUE(mentions(refused(storage("0", 3, "ComplexFloat")), {"torch.ComplexFloatStorage"}));

  const auto big = error_of([&] { parse_torch(file_of("}", 1, "big"), "net.pt"); });
  EXPECT_TRUE(mentions(big, {"net.pt", "big-endian"}));
  const auto legacy = error_of(
      [&] { parse_torch(bytes_of("\x80\2\x8a\nl\xfc\x9c\x46\xf9 j\xa8P\x19.\x80\2M\xe9\3."), "old.pt"); });
  EXPECT_EQ(legacy.code(), ErrorCode::unsupported);
  EXPECT_TRUE(mentions(legacy, {"old.pt", "1.6", "torch.save(torch.load"}));
  const std::vector<ZipEntry> other{{"a.txt", bytes_of("hello")}};
  EXPECT_TRUE(mentions(error_of([&] { parse_torch(encode_zip(other), "a.zip"); }), {"a.zip", "data.pkl"}));
  EXPECT_EQ(error_of([&] { parse_torch(bytes_of("hello"), "a.pt"); }).code(), ErrorCode::bad_data);
}

TEST(Torch, EveryTruncationOfThePickleIsRefused) {
  const std::string program = "}X\6\0\0\0weight"s + tensor(storage("0", 6), 0, {2, 2}, {1, 2}) + "s.";
  const Bytes values(24);
  for (std::size_t length = 0; length < program.size(); ++length) {
    const std::vector<ZipEntry> entries{{"a/data.pkl", bytes_of(program.substr(0, length))},
                                        {"a/data/0", values}};
    EXPECT_EQ(error_of([&] { parse_torch(encode_zip(entries), "a.pt"); }).code(), ErrorCode::bad_data)
        << length;
  }
}

TEST(Torch, SurvivesMutationsAndTruncations) {
  const std::string program = "}X\6\0\0\0weight"s + tensor(storage("0", 6), 1, {2, 2}, {1, 2}) + "s.";
  const auto survives = [](const Bytes& bytes) {
    try {
      for (const auto& found : parse_torch(bytes, "a.pt")) to_floats(view(found), "a.pt");
    } catch (const Error& error) {
      EXPECT_TRUE(mentions(error, {"a.pt"}));
    }
  };
  const Bytes values(24);
  for (std::size_t at = 0; at < program.size(); ++at)
    for (const int change : {1, 2, 4, 8, 16, 32, 64, 128, 255}) {
      std::string changed = program;
      changed[at] = static_cast<char>(changed[at] ^ change);
      const std::vector<ZipEntry> entries{{"a/data.pkl", bytes_of(changed)}, {"a/data/0", values}};
      survives(encode_zip(entries));
    }
  const Bytes whole_file = file_of(program);
  for (std::size_t length = 0; length < whole_file.size(); ++length)
    survives({whole_file.begin(), whole_file.begin() + static_cast<std::ptrdiff_t>(length)});
}

TEST(Torch, ReadsWhatPyTorchWrites) {
  const std::string python = test::python_with("torch");
  if (python.empty()) GTEST_SKIP() << "needs Python with PyTorch";
  const TempFolder folder;
  test::run_python(python, std::string(test::python_line) + R"(
import torch
from torch import nn
torch.manual_seed(1)
net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Flatten(), nn.Linear(5, 3))
optimizer = torch.optim.Adam(net.parameters())
base = torch.arange(24.0)
types = {str(t)[6:]: (torch.randn(2, 3) * 9).to(t) for t in (torch.float16, torch.float32, torch.float64, torch.int8,
         torch.uint8, torch.int16, torch.int32, torch.int64, torch.bool)}
views = {'t': base.view(4, 6).t(), 'part': base[5:9], 'step': base[1::3], 'expand': base[:2].view(2, 1).expand(2, 5),
         'perm': base.view(2, 3, 4).permute(2, 0, 1), 'zero': torch.tensor(7.0), 'none': torch.zeros(0, 4),
         'parameter': nn.Parameter(base.view(4, 6))}
tied = {'a': base, 'b': base}
sets = {'state': net.state_dict(), 'types': types, 'views': views, 'tied': tied, 'one': base, 'list': [base, base[:2]],
        'checkpoint': {'epoch': 3, 'model_state_dict': net.state_dict(), 'loss': 0.5, 'args': None,
                       'optimizer': optimizer.state_dict(), 'size': torch.Size([1, 2])}}
def walk(name, value):
    if isinstance(value, torch.Tensor): return line(name, value.detach().numpy())
    if isinstance(value, dict): items = value.items()
    elif isinstance(value, (list, tuple)): items = enumerate(value)
    else: return ''
    return ''.join(walk((name + '.' if name else '') + str(k), v) for k, v in items)
for name, value in sets.items():
    open(name + '.txt', 'w').write(walk('', value))
    torch.save(value, name + '.pt')
torch.save({'x': torch.tensor([1.0, -2.5]).bfloat16()}, 'bfloat.pt')
torch.save(net, 'module.pt')
torch.save(net.state_dict(), 'legacy.pt', _use_new_zipfile_serialization=False)
)",
                   folder.path());
  if (HasFatalFailure()) return;
  const auto read = [&](const std::string& name) { return parse_torch(read_file(folder / name), name); };
  for (const std::string name : {"state", "types", "views", "tied", "one", "list", "checkpoint"}) {
    std::string lines;
    for (const auto& found : read(name + ".pt")) lines += test::line_of(view(found));
    const std::string expected = read_text_file(folder / (name + ".txt"));
    EXPECT_EQ(lines, expected) << name;
    EXPECT_FALSE(expected.empty());
  }
  EXPECT_EQ(read("state.pt")[0].name, "0.weight");
  EXPECT_EQ(read("checkpoint.pt")[0].name, "model_state_dict.0.weight");
  EXPECT_EQ(to_floats(view(read("bfloat.pt")[0]), "f"), (std::vector<float>{1, -2.5F}));
  EXPECT_TRUE(mentions(error_of([&] { read("module.pt"); }),
                       {"torch.nn.modules.container.Sequential", "state_dict"}));
  EXPECT_TRUE(mentions(error_of([&] { read("legacy.pt"); }), {"before version 1.6"}));
}

}  // namespace
}  // namespace scrawl::weight_file_test
