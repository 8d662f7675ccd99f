#include "scrawl/data_files.h"

#include "base/files.h"
#include "formats/gzip.h"
#include "formats/idx.h"
#include "formats/npy.h"
#include "testing.h"

#include <algorithm>
#include <cstdlib>

namespace scrawl::data_files_test {
namespace {

using test::bytes_of;
using test::error_of;
using test::mentions;
using test::TempFolder;

namespace fs = std::filesystem;
using Octets = std::vector<std::uint8_t>;

/// Made-up pictures of 28x28: a bright block whose place depends on the number, on black.
Dataset made_up(std::size_t count, std::size_t seed = 0) {
  Dataset data{.name = "made-up", .shape = {1, 28, 28}, .classes = 10};
  data.images.resize(count * 784);
  for (std::size_t i = 0; i < count; ++i) {
    data.labels.push_back(static_cast<std::uint8_t>((i + seed) % 10));
    for (std::size_t p = 0; p < 784; ++p)
      if (p / 28 > 4 && p / 28 < 22 && p % 28 > 4 && p % 28 < 22)
        data.images[i * 784 + p] = static_cast<std::uint8_t>((p * 31 + i * 17 + seed) % 256);
  }
  return data;
}

class Converted : public ::testing::Test {
 protected:
  /// Writes the parts, reads them back and compares.
  DataFiles back(const fs::path& path, DataFormat format, const std::vector<DataPart>& parts,
                 bool compress = false) {
    write_data(path, format, parts, compress);
    DataFiles files = read_data(path.string());
    EXPECT_EQ(files.format, format);
    return files;
  }
  static void expect_equal(const Dataset& a, const Dataset& b) {
    EXPECT_EQ(a.shape, b.shape);
    EXPECT_TRUE(a.images == b.images);
    EXPECT_EQ(a.labels, b.labels);
    EXPECT_EQ(a.classes, b.classes);
    EXPECT_EQ(a.sha256.size(), 64U);
  }

  TempFolder folder;
  Dataset train = made_up(24);
  Dataset test = made_up(12, 5);
  std::vector<DataPart> two = {{Part::train, train}, {Part::test, test}};
};

TEST_F(Converted, RoundTripsKeepEveryByte) {
  for (const auto format : {DataFormat::idx, DataFormat::npy, DataFormat::csv, DataFormat::npz}) {
    const auto files = back(folder / std::string(to_string(format)), format, two);
    ASSERT_EQ(files.parts.size(), 2U);
    expect_equal(files.parts[0].data, train);
    expect_equal(files.parts[1].data, test);
    EXPECT_EQ(files.parts[1].part, Part::test);
  }
}

TEST_F(Converted, KeepsTheNamesOfClasses) {
  for (auto& part : two)
    part.data.class_names = {"a b", "b", "c", "d", "e", "f", "g", "h", "\xe7\x8c\xab", "\xff\"x\""};
  std::sort(two[0].data.class_names.begin(), two[0].data.class_names.end());
  two[1].data.class_names = two[0].data.class_names;
  for (const auto format : {DataFormat::npy, DataFormat::csv, DataFormat::npz}) {
    const auto files = back(folder / std::string(to_string(format)), format, two);
    expect_equal(files.parts[0].data, train);
    expect_equal(files.parts[1].data, test);
    EXPECT_EQ(files.parts[1].data.class_names, two[0].data.class_names);
  }
  two[0].data.class_names = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};
  EXPECT_TRUE(back(folder / "numbers.npz", DataFormat::npz, {two[0]}).parts[0].data.class_names.empty());
}

TEST_F(Converted, CompressedFilesAreTheSame) {
  for (const auto format : {DataFormat::idx, DataFormat::npy, DataFormat::csv})
    expect_equal(back(folder / (std::string(to_string(format)) + "-gz"), format, two, true).parts[0].data,
                 train);
  EXPECT_TRUE(is_gzip(read_file(folder / "idx-gz/train-images-idx3-ubyte.gz")));
  expect_equal(back(folder / "one.csv.gz", DataFormat::csv, {{Part::test, test}}).parts[0].data, test);
  EXPECT_TRUE(is_gzip(read_file(folder / "one.csv.gz")));
}

TEST_F(Converted, PicklesHaveThreePairs) {
  const auto files = back(folder / "mnist.pkl.gz", DataFormat::pickle, two);
  ASSERT_EQ(files.parts.size(), 3U);
  EXPECT_EQ(files.parts[0].data.size(), 20U);
  EXPECT_EQ(files.parts[1].part, Part::validation);
  EXPECT_EQ(files.parts[0].pixels, "F32, byte / 256");
  expect_equal(take_part(files, Part::train), train);
  expect_equal(take_part(files, Part::test), test);
}

TEST_F(Converted, ThePickledValidationImagesOfASortedSetAreOfAllClasses) {
  Dataset sorted = made_up(120);
  std::sort(sorted.labels.begin(), sorted.labels.end());
  const auto files =
      back(folder / "sorted.pkl", DataFormat::pickle, {{Part::train, sorted}, {Part::test, test}});
  const auto& labels = files.find(Part::validation)->labels;
  for (std::uint8_t c = 0; c < 10; ++c) EXPECT_EQ(std::count(labels.begin(), labels.end(), c), 2) << int{c};
  EXPECT_EQ(files.find(Part::train)->size(), 100U);
}

TEST_F(Converted, PicturesAreAFolderForEachClass) {
  const auto files = back(folder / "pictures", DataFormat::pictures, two);
  ASSERT_EQ(files.parts.size(), 2U);
  EXPECT_EQ(files.parts[1].data.size(), test.size());
  EXPECT_TRUE(fs::is_directory(folder / "pictures/test/7"));
  // Sorted by class, so the images come in another order.
  EXPECT_TRUE(std::is_sorted(files.parts[1].data.labels.begin(), files.parts[1].data.labels.end()));
}

TEST_F(Converted, FewTrainingImagesArePickledWithoutValidation) {
  const auto files = back(folder / "new/few.pkl", DataFormat::pickle,
                          {{Part::train, made_up(5)}, {Part::test, made_up(3)}}, true);
  EXPECT_EQ(files.parts.size(), 2U);
  EXPECT_TRUE(is_gzip(read_file(folder / "new/few.pkl")));
  EXPECT_TRUE(mentions(error_of([&] { write_data(folder / "all.csv.gz", DataFormat::csv, two); }),
                       {"all.csv.gz", "--part"}));
}

TEST_F(Converted, RefusesWhatWouldLoseSomething) {
  make_folder(folder / "full");
  write_file(folder / "full/file", "mine");
  for (const auto format : {DataFormat::idx, DataFormat::npy, DataFormat::pictures}) {
    const std::vector<DataPart> one = {{Part::test, test}};
    EXPECT_TRUE(mentions(error_of([&] { write_data(folder / "full", format, one); }), {"full", "empty"}));
  }
  EXPECT_EQ(read_text_file(folder / "full/file"), "mine");
  EXPECT_EQ(error_of([&] { write_data(folder / "x", DataFormat::usps, two); }).code(),
            ErrorCode::unsupported);
  EXPECT_TRUE(mentions(
      error_of([&] {
        write_data(folder / "x", DataFormat::pickle, {{Part::train, train}, {Part::validation, test}});
      }),
      {"none for testing", "--part"}));
}

class Sources : public ::testing::Test {
 protected:
  void write(const std::string& name, const Bytes& bytes) {
    AtomicFile file(folder / name);
    file.write(bytes);
    file.commit();
  }
  std::string path(const std::string& name) const { return (folder / name).string(); }
  Bytes images() const {
    return encode_idx(std::vector<std::size_t>{2, 2, 3}, Octets{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
  }
  Bytes labels(std::uint8_t last = 1) const {
    return encode_idx(std::vector<std::size_t>{2}, Octets{0, last});
  }

  TempFolder folder;
};

TEST_F(Sources, FindTheOtherHalfOfAPair) {
  write("train-images-idx3-ubyte", images());
  write("train-labels-idx1-ubyte.gz", gzip(labels()));
  for (const char* name : {"train-images-idx3-ubyte", "train-labels-idx1-ubyte.gz"}) {
    const auto files = read_data(path(name));
    ASSERT_EQ(files.parts.size(), 1U);
    EXPECT_EQ(files.parts[0].data.labels, (Octets{0, 1}));
    EXPECT_EQ(files.parts[0].data.classes, 2U);
    EXPECT_EQ(files.parts[0].data.shape, (Shape{1, 2, 3}));
  }
}

TEST_F(Sources, ArePairsWhateverTheirNames) {
  write("a.bin", labels());
  write("b.dat", images());
  EXPECT_EQ(read_data(path("a.bin") + "," + path("b.dat")).parts[0].data.images.size(), 12U);
  EXPECT_EQ(read_data(path("b.dat") + "," + path("a.bin")).parts[0].data.images.size(), 12U);
  EXPECT_TRUE(mentions(error_of([&] { read_data(path("b.dat")); }), {"b.dat", "IMAGES,LABELS"}));
  write("c", encode_idx(std::vector<std::size_t>{3}, Octets{0, 1, 2}));
  EXPECT_TRUE(
      mentions(error_of([&] { read_data(path("b.dat") + "," + path("c")); }), {"3 labels for 2 images"}));
}

TEST_F(Sources, AreTablesWithTheLabelOnEitherSide) {
  const auto data = [&](const std::string& text, ReadOptions options = {}) {
    write("table.csv", bytes_of(text));
    return read_data(path("table.csv"), options).parts[0].data;
  };
  const auto first = data("7,0,10,0,20\n3,0,0,255,0\n");
  EXPECT_EQ(first.labels, (Octets{7, 3}));
  EXPECT_EQ(first.images, (Octets{0, 10, 0, 20, 0, 0, 255, 0}));
  EXPECT_EQ(data("0,10,0,20,7\n0,0,255,0,3\n").labels, (Octets{7, 3}));
  EXPECT_EQ(data("p0,p1,p2,p3,label\n9,1,2,3,4\n8,1,2,3,5\n").labels, (Octets{4, 5}));
  EXPECT_EQ(data("label;a;b\n\"4\";0.5;1.0\n").images, (Octets{128, 255}));
  EXPECT_EQ(data("1,2,3\n2,3,4\n", {.label = LabelColumn::last}).labels, (Octets{3, 4}));
  EXPECT_EQ(data("1,2,3\n2,3,4\n", {.label = LabelColumn::first}).labels, (Octets{1, 2}));
  EXPECT_TRUE(mentions(error_of([&] { data("1.5,2,3\n2,3,4\n", {.label = LabelColumn::first}); }),
                       {"table.csv", "line 1", "column 1", "--label"}));
}

TEST_F(Sources, AreSmallDigitsWithTheLabelOnEitherSide) {
  std::string row_first = "7", row_last;
  for (int i = 0; i < 64; ++i) {
    row_first += i == 0 ? ",0" : ",16";
    row_last += i == 0 ? "0," : "16,";
  }
  const auto read = [&](const std::string& text, LabelColumn label = LabelColumn::automatic) {
    write("digits", bytes_of(text));
    DataFiles files = read_data(path("digits"), {.label = label});
    EXPECT_EQ(files.format, DataFormat::optdigits);
    return files.parts[0].data.labels;
  };
  EXPECT_EQ(read(row_first + "\n" + row_first + "\n"), (Octets{7, 7}));
  EXPECT_EQ(read(row_last + "7\n" + row_last + "5\n"), (Octets{7, 5}));
  EXPECT_EQ(read(row_first + "\n", LabelColumn::first), (Octets{7}));
  EXPECT_EQ(read(row_last + "12\n", LabelColumn::last), (Octets{12}));
  write("idx", images());
  write("labels", labels());
  EXPECT_EQ(
      error_of([&] { read_data(path("idx") + "," + path("labels"), {.label = LabelColumn::last}); }).code(),
      ErrorCode::invalid_argument);
}

TEST_F(Sources, AreNotHiddenByStrayFiles) {
  write("train-images-idx3-ubyte", images());
  write("train-labels-idx1-ubyte", labels());
  write("latest.txt", bytes_of("about"));
  write("test.log", bytes_of("a test of something\n"));
  EXPECT_EQ(read_data(folder.path().string()).parts.size(), 1U);
  write("a.csv", bytes_of("1,2,3\n"));
  EXPECT_TRUE(mentions(error_of([&] { read_data(path("a.csv") + "," + path("train-labels-idx1-ubyte")); }),
                       {"a.csv", "name it alone"}));
  EXPECT_TRUE(mentions(error_of([] { read_data(","); }), {"IMAGES,LABELS"}));
  write("other.npz", bytes_of("PK\3\4"));
  EXPECT_TRUE(
      mentions(error_of([&] { read_data(folder.path().string()); }), {"other.npz", "name one of them"}));
}

TEST_F(Sources, AreRefusedWithoutLabels) {
  std::string text;
  for (int i = 0; i < 784; ++i) text += i ? ",5" : "5";
  write("test.csv", bytes_of(text + "\n"));
  EXPECT_TRUE(mentions(error_of([&] { read_data(path("test.csv")); }), {"784 columns", "without a label"}));
}

TEST_F(Sources, AreRefusedWhenTheyAreSomethingElse) {
  write("notes", bytes_of("These are no digits at all.\nOnly words.\n"));
  EXPECT_TRUE(mentions(error_of([&] { read_data(path("notes")); }), {"notes", "not a data set"}));
  write("empty", {});
  EXPECT_TRUE(mentions(error_of([&] { read_data(path("empty")); }), {"empty"}));
  EXPECT_EQ(error_of([&] { read_data(path("absent")); }).code(), ErrorCode::not_found);
  make_folder(folder / "hollow");
  EXPECT_TRUE(mentions(error_of([&] { read_data(path("hollow")); }), {"hollow", "no data set"}));
}

TEST_F(Sources, InAFolderAreToldApartByName) {
  make_folder(folder / "set");
  write("set/x_test.npy", encode_npy({"", "U8", {1, 2, 2}, std::as_bytes(std::span("\1\2\3\4", 4))}));
  write("set/y_test.npy", encode_npy({"", "U8", {1}, std::as_bytes(std::span("\2", 1))}));
  write("set/train.csv", bytes_of("0,1,2,3,4\n9,5,6,7,8\n"));
  write("set/README.txt", bytes_of("about this set"));
  const auto files = read_data(path("set"));
  ASSERT_EQ(files.parts.size(), 2U);
  EXPECT_EQ(files.parts[0].part, Part::train);
  EXPECT_EQ(files.parts[0].data.classes, 10U);
  EXPECT_EQ(files.parts[1].data.images, (Octets{1, 2, 3, 4}));
  write("set/test.csv", bytes_of("0,1,2,3,4\n"));
  EXPECT_TRUE(
      mentions(error_of([&] { read_data(path("set")); }), {"several files", "test.csv", "x_test.npy"}));
}

TEST_F(Sources, PicturesAndDataInOneFolderAreAmbiguous) {
  write_data(folder / "set", DataFormat::pictures, {{Part::test, made_up(3)}});
  write("set/labels.csv", bytes_of("1,2\n3,4\n"));
  write("set/latest.txt", bytes_of("notes"));
  EXPECT_EQ(read_data(path("set")).format, DataFormat::pictures);
  write("set/train-images-idx3-ubyte", images());
  EXPECT_TRUE(mentions(error_of([&] { read_data(path("set")); }),
                       {"set", "train-images-idx3-ubyte", "name the one"}));
}

TEST_F(Sources, PartsMayLackClasses) {
  const auto named = [](std::vector<std::string> names) {
    Dataset data = made_up(6);
    for (auto& label : data.labels) label = static_cast<std::uint8_t>(label % names.size());
    data.classes = names.size();
    data.class_names = std::move(names);
    return data;
  };
  write_data(folder / "set", DataFormat::pictures,
             {{Part::train, named({"ant", "bee", "cat"})}, {Part::test, named({"ant", "cat"})}});
  const auto files = read_data(path("set"));
  EXPECT_EQ(files.find(Part::test)->class_names, (std::vector<std::string>{"ant", "bee", "cat"}));
  EXPECT_EQ(files.find(Part::test)->labels, (Octets{0, 0, 0, 2, 2, 2}));
  EXPECT_EQ(files.find(Part::test)->classes, 3U);
  write_data(folder / "other", DataFormat::csv,
             {{Part::train, named({"ant", "bee", "cat"})}, {Part::test, named({"ant", "dog"})}});
  EXPECT_TRUE(mentions(error_of([&] { read_data(path("other")); }),
                       {"other", "ant, dog", "'train'", "ant, bee, cat", "no 'dog'", "same classes"}));
}

TEST_F(Sources, FaultyTablesAreStillTables) {
  const auto refused = [&](const std::string& text) {
    write("table.csv", bytes_of(text));
    return error_of([&] { read_data(path("table.csv")); });
  };
  EXPECT_TRUE(mentions(refused("NA,0,0\n1,2,3\n"), {"table.csv", "line 1, column 1", "'NA'"}));
  EXPECT_TRUE(mentions(refused("label,a,b\n1,,3\n"), {"line 2, column 2 ('a')", "empty"}));
  EXPECT_TRUE(mentions(refused("My digits\nlabel,a,b\n1,2,3\n"), {"line 2 has 1 column,", "line 1"}))
      << "the name says it";
  write("table", bytes_of("5,0,oh,0\n4,1,2,3\n"));
  EXPECT_TRUE(mentions(error_of([&] { read_data(path("table")); }), {"line 1, column 3", "'oh'"}));
}

TEST_F(Sources, KnownNamesAreNoPaths) {
  EXPECT_TRUE(is_known_dataset("mnist"));
  EXPECT_FALSE(is_known_dataset("./mnist"));
  EXPECT_TRUE(
      mentions(error_of([] { load_data("mnsit", Part::test); }), {"'mnsit'", "did you mean 'mnist'"}));
}

TEST_F(Sources, AreTakenByPart) {
  write("one.csv", bytes_of("0,1,2,3,4\n9,5,6,7,8\n"));
  EXPECT_EQ(load_data(path("one.csv"), Part::test).size(), 2U);  // the whole file
  DataFiles files;
  files.parts.push_back({Part::train, made_up(3)});
  files.parts.push_back({Part::validation, made_up(2)});
  EXPECT_EQ(take_part(files, Part::train).size(), 5U);
  EXPECT_EQ(take_part(files, Part::validation).size(), 2U);
  EXPECT_TRUE(
      mentions(error_of([&] { take_part(files, Part::test); }), {"no test part", "train, validation"}));
}

/// The folder of other people's files that some tests use, where it is there.
fs::path test_data(const std::string& name) {
  const auto folder = environment("SCRAWL_TEST_DATA");
  return folder ? fs::path(*folder) / name : fs::path();
}

class OtherPeoplesFiles : public ::testing::Test {
 protected:
  std::string file(const std::string& name) {
    const fs::path path = test_data(name);
    return fs::exists(path) ? path.string() : "";
  }
  /// MNIST, or nothing where it is not in the cache.
  static std::optional<Dataset> mnist(Part part) {
    try {
      return load_dataset("mnist", part);
    } catch (const Error&) {
      return std::nullopt;
    }
  }
};

TEST_F(OtherPeoplesFiles, HoldMnistItself) {
  const auto train = mnist(Part::train);
  const auto test = mnist(Part::test);
  for (const char* name : {"containers/mnist.npz", "containers/mnist.pkl.gz"}) {
    const std::string path = file(name);
    if (path.empty() || !train || !test)
      GTEST_SKIP() << "SCRAWL_TEST_DATA/" << name << " or MNIST is not there";
    const auto files = read_data(path);
    EXPECT_EQ(take_part(files, Part::train).sha256, train->sha256) << name;
    EXPECT_EQ(take_part(files, Part::test).sha256, test->sha256) << name;
    EXPECT_EQ(take_part(files, Part::test).shape, test->shape);
  }
}

TEST_F(OtherPeoplesFiles, HoldRowsOfMnist) {
  const auto train = mnist(Part::train);
  const std::string path = file("containers/mnist_train_100.csv");
  if (path.empty() || !train) GTEST_SKIP() << "a table of SCRAWL_TEST_DATA or MNIST is not there";
  const auto files = read_data(path);
  ASSERT_EQ(files.parts[0].data.size(), 100U);
  const auto rows = train->view().slice(0, 100);
  EXPECT_TRUE(std::equal(rows.images.begin(), rows.images.end(), files.parts[0].data.images.begin()));
  EXPECT_TRUE(std::equal(rows.labels.begin(), rows.labels.end(), files.parts[0].data.labels.begin()));
}

TEST_F(OtherPeoplesFiles, HoldSmallerDigits) {
  const std::string usps = file("usps/zip.train.gz");
  const std::string optdigits = file("optdigits/optdigits.tra");
  if (usps.empty() || optdigits.empty()) GTEST_SKIP() << "tables of SCRAWL_TEST_DATA are not there";
  const auto envelopes = read_data(usps);
  EXPECT_EQ(envelopes.format, DataFormat::usps);
  EXPECT_EQ(envelopes.parts[0].data.size(), 7291U);
  EXPECT_EQ(envelopes.parts[0].data.shape, (Shape{1, 28, 28}));
  EXPECT_EQ(std::count(envelopes.parts[0].data.labels.begin(), envelopes.parts[0].data.labels.end(), 0),
            1194);
  const auto forms = read_data(optdigits);
  EXPECT_EQ(forms.format, DataFormat::optdigits);
  EXPECT_EQ(forms.parts[0].data.size(), 3823U);
}

}  // namespace
}  // namespace scrawl::data_files_test
