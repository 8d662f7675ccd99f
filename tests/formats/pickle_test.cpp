#include "formats/pickle.h"

#include "base/files.h"
#include "formats/gzip.h"
#include "testing.h"

#include <cmath>
#include <cstring>

namespace scrawl::pickle_test {
namespace {

using namespace std::string_literals;
using test::bytes_of;
using test::error_of;
using test::mentions;

Pickle parse(const std::string& program) { return parse_pickle(bytes_of(program), "w.pkl"); }

/// The error of a pickle that is refused, be it when it is read or when its arrays are listed.
Error refused(const std::string& program) {
  const auto error = error_of([&] { arrays(parse(program)); });
  EXPECT_TRUE(test::contains(error.what(), "w.pkl")) << error.what();
  EXPECT_TRUE(error.code() == ErrorCode::bad_data || error.code() == ErrorCode::unsupported);
  return error;
}

/// Python's repr of a value, as far as tests need it.
std::string repr(const Pickle& pickle, PickleIndex index) {
  const auto list = [&](const std::vector<PickleIndex>& items, const char* brackets) {
    std::string text(1, brackets[0]);
    for (const PickleIndex item : items) text += (text.size() > 1 ? ", " : "") + repr(pickle, item);
    return text + brackets[1];
  };
  const auto& value = pickle.values[index];
  if (std::holds_alternative<PickleNone>(value)) return "None";
  if (const auto* truth = std::get_if<bool>(&value)) return *truth ? "True" : "False";
  if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  if (const auto* number = std::get_if<double>(&value)) return "float " + std::to_string(*number);
  if (const auto* text = std::get_if<PickleText>(&value)) return "'" + std::string(text->utf8) + "'";
  if (const auto* bytes = std::get_if<PickleBytes>(&value))
    return "b'" + std::string(reinterpret_cast<const char*>(bytes->bytes.data()), bytes->bytes.size()) + "'";
  if (const auto* tuple = std::get_if<PickleTuple>(&value)) return list(tuple->items, "()");
  if (const auto* items = std::get_if<PickleList>(&value)) return list(items->items, "[]");
  if (const auto* dict = std::get_if<PickleDict>(&value)) {
    std::string text = "{";
    for (const auto& [key, item] : dict->items)
      text += (text.size() > 1 ? ", " : "") + repr(pickle, key) + ": " + repr(pickle, item);
    return text + "}";
  }
  if (const auto* array = std::get_if<PickleArray>(&value))
    return "array" + shape_text(pickle.tensors[array->tensor].shape);
  return "part";
}

std::string value_of(const std::string& program) {
  const Pickle pickle = parse(program);
  return repr(pickle, pickle.root_index);
}

std::string u32(std::uint32_t value) {
  std::string bytes(4, '\0');
  std::memcpy(bytes.data(), &value, 4);
  return bytes;
}
std::string u64(std::uint64_t value) {
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &value, 8);
  return bytes;
}

/// LONG1, eight bytes and a sign.
std::string whole(std::uint64_t value) { return "\x8a\x09" + u64(value) + "\0"s; }

const std::string empty_array = "cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\0tU\1btR"s;

std::string dtype(const std::string& name, char order) {
  return "cnumpy\ndtype\n(U" + std::string(1, static_cast<char>(name.size())) + name + "K\0K\1tR(K\3U\1"s +
         order + "NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb"s;
}

/// An array; `shape` are opcodes that push its lengths.
std::string array(const std::string& shape, const std::string& type, const std::string& data,
                  bool fortran = false) {
  return empty_array + "(K\1("s + shape + "t" + type + (fortran ? "\x88" : "\x89") + "B" +
         u32(static_cast<std::uint32_t>(data.size())) + data + "tb";
}

TEST(Pickle, ReadsNumbers) {
  EXPECT_EQ(value_of("I42\n."), "42");
  EXPECT_EQ(value_of("I-7\n."), "-7");
  EXPECT_EQ(value_of("I01\n."), "True");
  EXPECT_EQ(value_of("I00\n."), "False");
  EXPECT_EQ(value_of("L123L\n."), "123");
  EXPECT_EQ(value_of("L100000000000000000000L\n."), "float 100000000000000000000.000000");
  EXPECT_EQ(value_of("F-1.5e3\n."), "float -1500.000000");
  EXPECT_EQ(value_of("Finf\n."), "float inf");
  EXPECT_EQ(value_of("J\xfe\xff\xff\xff."), "-2");
  EXPECT_EQ(value_of("K\xff."), "255");
  EXPECT_EQ(value_of("M\x00\x01."s), "256");
  EXPECT_EQ(value_of("\x8a\0."s), "0");
  EXPECT_EQ(value_of("\x8a\1\xff."s), "-1");
  EXPECT_EQ(value_of("\x8a\2\xff\0."s), "255");
  EXPECT_EQ(value_of("\x8a\x08" + u64(1ULL << 63) + "."), "-9223372036854775808");
  EXPECT_EQ(value_of(whole(1ULL << 63) + "."), "float 9223372036854775808.000000");
  EXPECT_EQ(value_of("\x8a\x09\xff\xff\xff\xff\xff\xff\xff\xff\xff."), "-1");
  EXPECT_EQ(value_of("\x8b\2\0\0\0\1\1."s), "257");
  EXPECT_EQ(value_of("G\x3f\xf8\0\0\0\0\0\0."s), "float 1.500000");
  EXPECT_EQ(value_of("\x80\2\x88."), "True");
  EXPECT_EQ(value_of("\x89."), "False");
  EXPECT_EQ(value_of("N."), "None");
}

TEST(Pickle, ReadsTextsAndBytes) {
  EXPECT_EQ(value_of("S'a\\x41\\n\\\\\\'\\101'\n."), "b'aA\n\\'A'");
  EXPECT_EQ(value_of("S\"it's\"\n."), "b'it's'");
  EXPECT_EQ(value_of("T\2\0\0\0ab."s), "b'ab'");
  EXPECT_EQ(value_of("U\2ab."), "b'ab'");
  EXPECT_EQ(value_of("B\2\0\0\0ab."s), "b'ab'");
  EXPECT_EQ(value_of("C\0."s), "b''");
  EXPECT_EQ(value_of("\x8e" + u64(2) + "ab."), "b'ab'");
  EXPECT_EQ(value_of("\x96" + u64(2) + "ab."), "b'ab'");
  EXPECT_EQ(value_of("Vab\\u00e9\xe9\\U0001f600\\u0416\\n\n."), "'ab\u00e9\u00e9\U0001f600\u0416\\n'");
  EXPECT_EQ(value_of("X\3\0\0\0\xe2\x82\xac."s), "'\u20ac'");
  EXPECT_EQ(value_of("\x8c\2ab."), "'ab'");
  EXPECT_EQ(value_of("\x8d" + u64(2) + "ab."), "'ab'");
  EXPECT_EQ(value_of("c_codecs\nencode\n(X\3\0\0\0a\xc3\xa9X\6\0\0\0latin1tR."s), "b'a\xe9'");
  EXPECT_EQ(value_of("c__builtin__\nbytes\n)R."), "b''");
}

TEST(Pickle, ReadsContainers) {
  EXPECT_EQ(value_of(")."), "()");
  EXPECT_EQ(value_of("K\1\x85."), "(1)");
  EXPECT_EQ(value_of("K\1K\2\x86."), "(1, 2)");
  EXPECT_EQ(value_of("K\1K\2K\3\x87."), "(1, 2, 3)");
  EXPECT_EQ(value_of("(K\1(K\2tK\3t."), "(1, (2), 3)");
  EXPECT_EQ(value_of("]K\1a(K\2K\3e."), "[1, 2, 3]");
  EXPECT_EQ(value_of("(lp0\nI1\na."), "[1]");
  EXPECT_EQ(value_of("(K\1K\2l."), "[1, 2]");
  EXPECT_EQ(value_of("}U\1aK\1s(U\1bK\2K\7K\3u."), "{b'a': 1, b'b': 2, 7: 3}");
  EXPECT_EQ(value_of("(dp0\nVa\nI1\ns."), "{'a': 1}");
  EXPECT_EQ(value_of("(Va\nK\1d."), "{'a': 1}");
  EXPECT_EQ(value_of("ccollections\nOrderedDict\n)RU\1aK\1s}U\1xK\2sb."), "{b'a': 1}");
  EXPECT_EQ(value_of("ccollections\nOrderedDict\n(](]U\1aaK\1aetR."), "{b'a': 1}");
  EXPECT_EQ(value_of("ccollections\nOrderedDict\n)\x81."), "{}");
  EXPECT_EQ(value_of("ctorch\nSize\n((K\1K\2ttR."), "(1, 2)");
}

TEST(Pickle, ReadsStackAndMemoOpcodes) {
  EXPECT_EQ(value_of("K\1K\2"
                     "0."),
            "1");
  EXPECT_EQ(value_of("K\1("
                     "0."),
            "1");
  EXPECT_EQ(value_of("K\1(K\2K\3"
                     "1."),
            "1");
  EXPECT_EQ(value_of("K\1"
                     "2\x86."),
            "(1, 1)");
  EXPECT_EQ(value_of("K\1p7\ng7\n\x86."), "(1, 1)");
  EXPECT_EQ(value_of("K\1q\7h\7\x86."), "(1, 1)");
  EXPECT_EQ(value_of("K\1r\xff\xff\xff\xffj\xff\xff\xff\xff\x86."), "(1, 1)") << "a place, not a size";
  EXPECT_EQ(value_of("\x80\4\x95" + u64(11) + "K\1\x94K\2\x94h\0h\1\x87."s), "(2, 1, 2)");
}

TEST(Pickle, ReadsArrays) {
  const std::string values = "\0\0\x80\x3f\0\0\0\xc0"s;
  const Pickle pickle = parse(array("K\2", dtype("f4", '<'), values) + ".");
  const auto found = arrays(pickle);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].name, "");
  EXPECT_EQ(to_floats(found[0], "f"), (std::vector<float>{1, -2}));
  EXPECT_TRUE(pickle.copies.empty()) << "a view into the file";
  EXPECT_GE(found[0].data.data(), pickle.bytes.data());
}

TEST(Pickle, ViewsStayValidWhenThePickleMoves) {
  Pickle pickle = parse(array("K\1", dtype("f4", '>'), "\x3f\x80\0\0"s) + ".");
  const auto found = arrays(pickle);
  const Pickle moved = std::move(pickle);
  EXPECT_EQ(to_floats(found[0], "f"), (std::vector<float>{1}));
  EXPECT_EQ(to_floats(arrays(moved)[0], "f"), (std::vector<float>{1}));
}

TEST(Pickle, BringsArraysToCOrderAndLittleEndian) {
  const std::string bytes = "\0\1\0\2\0\3\0\4\0\5\0\6"s;
  const Pickle pickle = parse(array("K\2K\3", dtype("i2", '>'), bytes, true) + ".");
  EXPECT_EQ(to_floats(arrays(pickle)[0], "f"), (std::vector<float>{1, 3, 5, 2, 4, 6}));
}

TEST(Pickle, ReadsOlderAndNewerFormsOfArrays) {
  const std::string type = dtype("u1", '|');
  for (const char* module : {"numpy.core.numeric", "numpy._core.numeric"})
    for (const char* order : {"C", "F"}) {
      const Pickle pickle = parse("c"s + module + "\n_frombuffer\n(\x96" + u64(4) + "abcd" + type +
                                  "K\2K\2\x86" + "U\1" + order + "tR.");
      EXPECT_EQ(arrays(pickle)[0].data[1], order[0] == 'C' ? std::byte{'b'} : std::byte{'c'});
    }
  EXPECT_EQ(value_of("cnumpy._core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\0tC\1btR(K\1)"s + type +
                     "\x89" + "C\1xtb."),
            "array()");
  EXPECT_EQ(
      value_of("cnumpy.core.multiarray\nscalar\n(" + dtype("f8", '<') + "C\x08\0\0\0\0\0\0\xf8\x3ftR."s),
      "float 1.500000");
  EXPECT_EQ(value_of("cnumpy.core.multiarray\nscalar\n(" + dtype("i2", '>') + "C\2\1\0tR."s),
            "float 256.000000");
}

TEST(Pickle, NamesArraysByTheirPlaces) {
  const std::string a = array("", dtype("u1", '|'), "a");
  const Pickle pickle = parse("(}VW1\n" + a + "sVn\nK\1sK\3" + a + "s(" + a + "(N" + a + "ltt.");
  std::vector<std::string> names;
  for (const auto& found : arrays(pickle)) names.push_back(found.name);
  EXPECT_EQ(names, (std::vector<std::string>{"0.W1", "0.3", "1.0", "1.1.1"}));
}

TEST(Pickle, KnowsAPickleByItsBytes) {
  const auto looks = [](const std::string& text) { return is_pickle(bytes_of(text)); };
  for (const char* program : {"\x80\2N.", "\x80\5N.", "(dp0\n.", "(lp0\nI1\na.", "}q\1.", "](K\1e.", "](.",
                              "cnumpy.core.multiarray\n_reconstruct\n."})
    EXPECT_TRUE(looks(program)) << program;
  for (const char* other : {"", "c", "cab", "cab\n.", "cab.", "\x80", "\x80\6N.", "\x80\1N.", "(see below)",
                            "(so it is).", "cats.", "}", "7.", "PK\3\4", "\x1f\x8b"})
    EXPECT_FALSE(looks(other)) << other;
}

TEST(Pickle, NeverCallsAnything) {
  struct Case {
    std::string program;
    std::string name;
  };
  for (const auto& [program, name] :
       std::vector<Case>{{"cposix\nsystem\n(S'true'\ntR.", "posix.system"},
                         {"cos\nsystem\n(S'true'\ntR.", "os.system"},
                         {"\x80\4\x8c\5posix\x8c\6system\x93\x8c\4true\x85R.", "posix.system"},
                         {"c__builtin__\neval\n(S'1'\ntR.", "__builtin__.eval"},
                         {"cbuiltins\nexec\n(S'1'\ntR.", "builtins.exec"},
                         {"cbuiltins\ngetattr\n.", "builtins.getattr"},
                         {"(S'true'\nios\nsystem\n.", "os.system"},
                         {"(Nios\nsystem\n.", "INST"},
                         {"(ccollections\nOrderedDict\no.", "OBJ"},
                         {"\x80\2\x82\1.", "EXT1"},
                         {"\x80\2\x83\1\1.", "EXT2"},
                         {"\x80\2\x84\1\1\1\1.", "EXT4"},
                         {"\x80\4ccollections\nOrderedDict\n)}\x92.", "NEWOBJ_EX"},
                         {"\x80\4\x8f.", "set"},
                         {"\x80\4(\x91.", "set"},
                         {"P12\n.", "PERSID"},
                         {"(U\7storagetQ.", "persistent id"},
                         {"\x80\5\x97.", "NEXT_BUFFER"},
                         {"\x80\5N\x98.", "READONLY_BUFFER"},
                         {"cnumpy.core.multiarray\nfromstring\n.", "numpy.core.multiarray.fromstring"},
                         {"cnumpy\nndarray\n)R.", "numpy.ndarray"},
                         {"ctorch\nFloatStorage\n)R.", "torch.FloatStorage"},
                         {"c_codecs\nencode\n(X\1\0\0\0aX\3\0\0\0hextR."s, "hex"},
                         {"c\x1b[31mevil\nf\n.", "\\x1b[31mevil.f"},
                         {"c" + std::string(5000, 'a') + "\nf\n.", "aaaa..."}}) {
    const auto error = refused(program);
    EXPECT_EQ(error.code(), ErrorCode::unsupported) << name;
    EXPECT_TRUE(mentions(error, {name, "scrawl builds data only", "numpy.savez", "byte"}));
    EXPECT_LT(std::string(error.what()).size(), 400U);
  }
  EXPECT_EQ(refused("\x80\2cposix\nsystem\n.").offset(), 2U);
}

TEST(Pickle, RefusesArraysThatAreNone) {
  const std::string f4 = dtype("f4", '<');
  for (const char* type : {"O8", "O", "c8", "c16", "U0", "S", "V8", "M8", "f16", "", "\x1b[2J"}) {
    const auto error = refused(array("K\1", dtype(type, '<'), "12345678") + ".");
    EXPECT_EQ(error.code(), ErrorCode::unsupported) << type;
    EXPECT_TRUE(mentions(error, {"float32"}));
  }
  EXPECT_TRUE(mentions(refused(array("K\1", dtype("O8", '|'), "12345678") + "."),
                       {"'O8'", "astype(str)", "numpy.stack(list(array))"}));
  EXPECT_TRUE(
      mentions(refused(array("K\1", dtype("U5", '<'), "12345678") + "."), {"needs 20 bytes", "has 8"}));
  refused(empty_array + "(K\1(K\1t" + dtype("O8", '|') + "\x89]NatB.");
  EXPECT_TRUE(mentions(
      refused(array("K\1", "cnumpy\ndtype\n(U\2V4K\0K\1tR(K\3U\1|N(Vx\nt}J\4\0\0\0J\1\0\0\0K\0tb"s, "1234") +
              "."),
      {"structures"}));
  EXPECT_TRUE(mentions(refused(array("K\2", f4, "1234") + "."), {"(2,)", "needs 8 bytes", "has 4"}));
  refused(array("", f4, "12345") + ".");
  EXPECT_TRUE(mentions(refused(array("J\xff\xff\xff\xff", f4, "") + "."), {"negative number -1"}));
  for (const std::uint64_t length : {1ULL << 31, 1ULL << 62, ~0ULL >> 1})
    refused(array(whole(length), f4, "1234") + ".");
  refused(array(whole(1ULL << 32) + whole(1ULL << 32), f4, "") + ".");
  refused(array(whole(~0ULL), f4, "") + ".");
  std::string dimensions;
  for (int i = 0; i < 65; ++i) dimensions += "K\1";
  EXPECT_TRUE(mentions(refused(array(dimensions, f4, "1234") + "."), {"64"}));
  refused(array("N", f4, "1234") + ".");
  refused(array("U\1a", f4, "1234") + ".");
  EXPECT_TRUE(mentions(refused(empty_array + "."), {"never filled"}));
  EXPECT_TRUE(
      mentions(refused(array("", dtype("u1", '|'), "a") + "(K\1)" + dtype("u1", '|') + "\x89" + "C\1atb."),
               {"filled twice"}));
  refused(array("", dtype("f4", 'x'), "1234") + ".");
  refused(array("", "N", "1234") + ".");
  refused(empty_array + "Nb.");
  refused(empty_array + ")b.");
  refused("cnumpy.core.multiarray\n_reconstruct\n(ccollections\nOrderedDict\n(K\0tU\1btR."s);
  refused("cnumpy.core.multiarray\n_reconstruct\n)R.");
  refused("cnumpy.core.multiarray\n_reconstruct\nNR.");
  refused("c_codecs\nencode\n(X\3\0\0\0\xe2\x82\xacX\6\0\0\0latin1tR."s);
  refused("c_codecs\nencode\n(X\1\0\0\0\xc3X\6\0\0\0latin1tR."s);
}

TEST(Pickle, RefusesMalformedPrograms) {
  for (const std::string& program : {""s,
                                     "."s,
                                     "\xff."s,
                                     "N"s,
                                     "N.N"s,
                                     "(."s,
                                     "(N(."s,
                                     "t."s,
                                     "l."s,
                                     "u."s,
                                     "e."s,
                                     "1."s,
                                     "0."s,
                                     "2."s,
                                     "a."s,
                                     "Na."s,
                                     "NNa."s,
                                     "N(Ne."s,
                                     "s."s,
                                     "NNNs."s,
                                     "}(Nu."s,
                                     "}NNs."s,
                                     "}(NNu."s,
                                     "(Nd."s,
                                     "q\0."s,
                                     "h\0."s,
                                     "j\0\0\0\0."s,
                                     "g0\n."s,
                                     "gx\n."s,
                                     "Np-1\n."s,
                                     "Np99999999999999999999\n."s,
                                     "\x94."s,
                                     "\x86."s,
                                     "N\x86."s,
                                     "N\x87."s,
                                     "R."s,
                                     "NR."s,
                                     "NNR."s,
                                     "b."s,
                                     "Nb."s,
                                     "NNb."s,
                                     "]Nb."s,
                                     "I\n."s,
                                     "Ix\n."s,
                                     "I1.5\n."s,
                                     "Iinf\n."s,
                                     "I1 \n."s,
                                     "I1"s,
                                     "L\n."s,
                                     "F\n."s,
                                     "Fx\n."s,
                                     "S\n."s,
                                     "S'\n."s,
                                     "Sabc\n."s,
                                     "S'a\"\n."s,
                                     "S'\\'\n."s,
                                     "S'\\x4'\n."s,
                                     "S'\\q'\n."s,
                                     "V\\u12\n."s,
                                     "V\\U00110000\n."s,
                                     "T\xff\xff\xff\xff."s,
                                     "\x8b\xff\xff\xff\xff."s,
                                     "T\xff\xff\xff\x7f."s,
                                     "X\xff\xff\xff\xff."s,
                                     "\x8e\xff\xff\xff\xff\xff\xff\xff\xff."s,
                                     "\x8d\xff\xff\xff\xff\xff\xff\xff\xff."s,
                                     "\x96\0\0\0\0\0\0\0\x80."s,
                                     "\x95\xff\0\0\0\0\0\0\0N."s,
                                     "U\5abc."s,
                                     "Q."s,
                                     "cabc\n"s,
                                     "\x93."s,
                                     "N\x93."s,
                                     "NN\x93."s,
                                     "I"s + std::string(400, '1') + "\n.",
                                     "\x8a\xff"s + std::string(255, '\x7f') + "."}) {
    const auto error = error_of([&] { parse(program); });
    EXPECT_TRUE(error.code() == ErrorCode::bad_data || error.code() == ErrorCode::unsupported) << program;
    EXPECT_TRUE(error.offset().has_value()) << program;
    EXPECT_TRUE(test::contains(error.what(), "w.pkl")) << program;
  }
  EXPECT_TRUE(mentions(refused("\x80\6N."), {"protocol 6", "protocol=4"}));
  EXPECT_TRUE(mentions(refused("N.N."), {"byte 2", "one pickle a file"}));
}

TEST(Pickle, RefusesDuplicateKeys) {
  EXPECT_TRUE(mentions(refused("}U\2W1K\1sU\2W1K\2s."), {"'W1'", "twice"}));
  EXPECT_TRUE(mentions(refused("(K\5K\1K\5K\2d."), {"'5'", "twice"}));
  EXPECT_TRUE(mentions(refused("}VW1\nK\1sU\2W1K\2s."), {"'W1'", "twice"}));
  const std::string a = array("", dtype("u1", '|'), "a");
  EXPECT_TRUE(mentions(refused("}Va.b\n" + a + "sVa\n}Vb\n" + a + "ss."), {"'a.b'", "twice"}));
}

TEST(Pickle, BoundsNestingWithoutStack) {
  const std::string a = array("", dtype("u1", '|'), "a");
  const auto nested = [&](int depth) {
    return std::string(static_cast<std::size_t>(depth), '(') + a +
           std::string(static_cast<std::size_t>(depth), 't') + ".";
  };
  EXPECT_EQ(arrays(parse(nested(100))).size(), 1U);
  EXPECT_TRUE(mentions(refused(nested(101)), {"100 deep"}));
  refused(nested(1'000'000));
  refused(a + std::string(1'000'000, '\x85') + ".");
  refused(std::string(1'000'000, '(') + ".");
  EXPECT_TRUE(mentions(refused("]q\0h\0a."s), {"contains itself"}));
  EXPECT_TRUE(mentions(refused("}q\0Va\nh\0s."s), {"contains itself"}));
}

TEST(Pickle, BoundsSharedValues) {
  // Each list holds the one before twice: 2^60 places.
  std::string bomb = "]q\0"s;
  for (char i = 1; i < 61; ++i) bomb += "(h"s + char(i - 1) + "h" + char(i - 1) + "lq" + i;
  EXPECT_TRUE(mentions(refused(bomb + "."), {"too many times"}));

  // One array of 64 KiB 60000 times over.
  std::string many = "(" + array(whole(65536), dtype("u1", '|'), std::string(65536, 'x')) + "q\0"s;
  for (int i = 0; i < 60000; ++i) many += "h\0"s;
  EXPECT_TRUE(mentions(refused(many + "t."), {"bytes"}));

  // One big-endian text for many arrays.
  std::string copies = "(B" + u32(65536) + std::string(65536, 'x') + "q\0"s + dtype("i2", '>') + "q\1";
  for (int i = 0; i < 1000; ++i) copies += empty_array + "(K\1(" + whole(32768) + "th\1\x89h\0tb"s;
  EXPECT_TRUE(mentions(refused(copies + "t."), {"share"}));

  std::string encoded =
      "(X" + u32(65536) + std::string(65536, 'x') + "q\0X\6\0\0\0latin1\x86q\1c_codecs\nencode\nq\2"s;
  for (int i = 0; i < 1000; ++i) encoded += "h\2h\1R";
  EXPECT_TRUE(mentions(refused(encoded + "t."), {"share"}));

  std::string dicts = "(](";
  for (int i = 0; i < 20000; ++i) dicts += "(M" + std::string{char(i % 256), char(i / 256)} + "Nt";
  dicts += "e\x85q\0ccollections\nOrderedDict\nq\1"s;
  for (int i = 0; i < 10000; ++i) dicts += "h\1h\0R"s;
  EXPECT_TRUE(mentions(refused(dicts + "t."), {"share"}));
}

TEST(Pickle, BoundsOpcodesArraysAndNames) {
  EXPECT_TRUE(mentions(refused("(" + std::string(5'000'000, 'N') + "t."), {"4194304 parts"}));
  std::string many = "(cnumpy.core.multiarray\n_reconstruct\nq\0(cnumpy\nndarray\n)U\1btq\1"s;
  for (int i = 0; i < 70000; ++i) many += "h\0h\1R"s;
  EXPECT_TRUE(mentions(refused(many + "t."), {"65536 arrays"}));
  const std::string a = array("", dtype("u1", '|'), "a");
  EXPECT_TRUE(mentions(refused("}V" + std::string(1001, 'x') + "\n" + a + "s."), {"1000 bytes"}));
  EXPECT_EQ(arrays(parse("}V" + std::string(1000, 'x') + "\n" + a + "sV" + std::string(5000, 'y') + "\nNs."))
                .size(),
            1U);
}

TEST(Pickle, EveryTruncationIsRefused) {
  const std::string whole_file =
      "\x80\2}(U\1a" + array("K\2K\1", dtype("f4", '<'), "12345678") + "VW\n(K\1I2\nF1.5\ntu.";
  EXPECT_EQ(arrays(parse(whole_file)).size(), 1U);
  for (std::size_t length = 0; length < whole_file.size(); ++length)
    EXPECT_EQ(error_of([&] { parse(whole_file.substr(0, length)); }).code(), ErrorCode::bad_data) << length;
}

TEST(Pickle, SurvivesEveryMutation) {
  const std::string whole_file =
      "\x80\4}(U\1a" + array("K\2K\1", dtype("f4", '>'), "12345678", true) + "q\1VW\n(K\1I2\nF1.5\nh\1tu.";
  for (std::size_t at = 0; at < whole_file.size(); ++at)
    for (int value = 0; value < 256; ++value) {
      std::string changed = whole_file;
      changed[at] = static_cast<char>(value);
      try {
        const Pickle pickle = parse(changed);
        for (const auto& found : arrays(pickle)) to_floats(found, "w.pkl");
      } catch (const Error& error) {
        EXPECT_TRUE(test::contains(error.what(), "w.pkl"));
      }
    }
}

}  // namespace
}  // namespace scrawl::pickle_test
