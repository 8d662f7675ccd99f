#include "formats/number_table.h"

#include "base/files.h"
#include "formats/gzip.h"
#include "testing.h"

#include <clocale>
#include <cmath>
#include <cstdlib>

namespace scrawl::number_table_test {
namespace {

using test::error_of;
using test::mentions;
using Values = std::vector<float>;

NumberTable parse(const std::string& text) { return parse_number_table(text, "t.csv"); }

Error refused(const std::string& text) {
  const auto error = error_of([&] { parse(text); });
  EXPECT_EQ(error.code(), ErrorCode::bad_data) << text;
  EXPECT_EQ(error.file(), "t.csv") << text;
  return error;
}

TEST(NumberTable, ReadsTablesWithAndWithoutHeader) {
  const NumberTable plain = parse("5,0,255\n7,1,2\n");
  EXPECT_TRUE(plain.header.empty());
  EXPECT_EQ(plain.columns, 3U);
  EXPECT_EQ(plain.rows(), 2U);
  EXPECT_EQ(plain.lines, (std::vector<std::size_t>{1, 2}));
  EXPECT_EQ(plain.separator, ',');
  EXPECT_EQ(plain.at(1, 2), 2.0F);

  const NumberTable named = parse("label,pixel0,pixel1\n5,0,255\n");
  EXPECT_EQ(named.header, (std::vector<std::string>{"label", "pixel0", "pixel1"}));
  EXPECT_EQ(named.lines, (std::vector<std::size_t>{2}));
  EXPECT_EQ(named.values, (Values{5, 0, 255}));
  EXPECT_EQ(parse("a,,c\n1,2,3\n").header, (std::vector<std::string>{"a", "", "c"}));
}

TEST(NumberTable, AHeaderHasNoNumbersButThoseThatCountColumns) {
  for (const char* text : {"label,0,1\n5,0,255\n", "1,2,3,label\n0,0,0,7\n", "id,label,0,1,2\n0,5,0,0,0\n"})
    EXPECT_EQ(parse(text).rows(), 1U) << text;
  for (const char* text : {"cat,0,0\ndog,0,255\n", "cat,5,6\ndog,0,1\n", "0,1,cat,5\n0,1,dog,6\n"}) {
    const NumberTable table = parse(text);
    EXPECT_TRUE(table.header.empty()) << text;
    EXPECT_EQ(table.rows(), 2U) << text;
  }
}

TEST(NumberTable, AMissingValueInTheFirstRowMakesNoHeader) {
  for (const char* word : {"NA", "N/A", "na", "#N/A", "#REF!", "<NA>"}) {
    const auto error = refused(std::string("5,0,") + word + ",0\n4,1,2,3\n");
    EXPECT_TRUE(mentions(error, {"line 1, column 3", word, "missing", "remove the line"}));
    EXPECT_TRUE(mentions(refused(std::string(word) + ",0,0\n4,1,2\n"), {"line 1, column 1"})) << word;
  }
  EXPECT_TRUE(mentions(refused("label,a\n,2\n"), {"line 2, column 1 ('label'): is empty"}));
  EXPECT_TRUE(mentions(refused("NA,NA\n1,2\n"), {"line 1, column 1"}));
}

TEST(NumberTable, CommentsAndBlankLinesAreSkipped) {
  const NumberTable table = parse("\n# made by hand\n\nlabel,a\n# first\n1,2\n\n  \n3,4\n#5,6\n\n");
  EXPECT_EQ(table.header, (std::vector<std::string>{"label", "a"}));
  EXPECT_EQ(table.values, (Values{1, 2, 3, 4}));
  EXPECT_EQ(table.lines, (std::vector<std::size_t>{6, 9}));
  EXPECT_TRUE(mentions(refused("# note\n\n1,2\n\n1,nan\n"), {"line 5, column 2"}));
  // numpy.savetxt(header="label,a") writes the header as a comment.
  EXPECT_EQ(parse("# label,a\n1,2\n").header, (std::vector<std::string>{"label", "a"}));
  EXPECT_TRUE(parse("# label,a\n\n1,2\n").header.empty());
  EXPECT_TRUE(parse("# of three words\n1,2\n").header.empty());
  EXPECT_EQ(parse("#,1\n+,2\n").texts.at(0).names, (std::vector<std::string>{"#", "+"})) << "classes";
}

TEST(NumberTable, ASeparatorMayEndEachLine) {
  for (const char* text :
       {"1,2,\n3,4,\n", "1,2,\n3,4\n", "1,2\n3,4,\n", "1\t2\t\n3\t4\t\n", "1;2; \n3;4;\n"}) {
    const NumberTable table = parse(text);
    EXPECT_EQ(table.columns, 2U) << text;
    EXPECT_EQ(table.values, (Values{1, 2, 3, 4})) << text;
  }
  EXPECT_EQ(parse("a,b,\n1,2,\n").header, (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(mentions(refused("1,2,\n1,2,3\n"), {"line 1, column 3: is empty"}));
  EXPECT_TRUE(mentions(refused("1,2\n1,2,,\n"), {"line 2 has 4 columns"}));
}

TEST(NumberTable, SpreadsheetsMayNameTheSeparator) {
  EXPECT_EQ(parse("sep=;\n1;2\n").values, (Values{1, 2}));
  EXPECT_EQ(parse("sep=,\nlabel,a\n1,2\n").header[0], "label");
  EXPECT_TRUE(looks_like_number_table("sep=;\n1;2\n"));
}

TEST(NumberTable, KeepsTheTextsOfAFewColumns) {
  const NumberTable table = parse("name,label,x\na.png,5,1\n\"b \"\"2\"\".png\",A,2\na.png,5,3\n");
  ASSERT_EQ(table.texts.size(), 2U);
  EXPECT_EQ(table.texts[0].names, (std::vector<std::string>{"a.png", "b \"2\".png"}));
  EXPECT_EQ(table.texts[0].indices, (std::vector<std::uint8_t>{0, 1, 0}));
  EXPECT_EQ(table.texts[0].texts, 3U);
  const TextColumn* label = table.text(1);
  ASSERT_NE(label, nullptr);
  EXPECT_EQ(label->names, (std::vector<std::string>{"5", "A"}));
  EXPECT_EQ(label->indices, (std::vector<std::uint8_t>{0, 1, 0}));
  EXPECT_EQ(label->texts, 1U);
  EXPECT_EQ(label->first_text, 1U);
  EXPECT_EQ(label->example, "A");
  EXPECT_EQ(table.text(2), nullptr);
  EXPECT_TRUE(std::isnan(table.at(1, 1)));
  EXPECT_EQ(table.at(2, 1), 5.0F);
}

TEST(NumberTable, DoesNotKeepManyDifferentTexts) {
  std::string text;
  for (int i = 0; i < 257; ++i) text += "n" + std::to_string(i) + "," + std::to_string(i) + "\n";
  const NumberTable table = parse(text);
  EXPECT_TRUE(table.texts.at(0).has_too_many());
  EXPECT_EQ(table.texts[0].texts, 257U);
  EXPECT_FALSE(parse(text.substr(0, text.find("n256"))).texts.at(0).has_too_many());
}

TEST(NumberTable, ReadsUtf16) {
  const std::string text = "label,\xe7\x8c\xab\r\n\xf0\x9f\x90\x88,2\r\n";
  const std::u16string wide = u"label,\u732b\r\n\U0001f408,2\r\n";
  for (const bool big : {false, true}) {
    std::string bytes = big ? "\xfe\xff" : "\xff\xfe";
    for (const char16_t unit : wide) {
      const char low = static_cast<char>(unit & 255U), high = static_cast<char>(unit >> 8U);
      bytes += big ? std::string{high, low} : std::string{low, high};
    }
    EXPECT_TRUE(looks_like_number_table(bytes));
    EXPECT_EQ(parse(bytes).header, parse(text).header);
    EXPECT_EQ(parse(bytes).texts.at(0).names, parse(text).texts.at(0).names);
    EXPECT_TRUE(mentions(refused(bytes + bytes.substr(2, 2)), {"line 3 has 1 column,"}));
  }
}

TEST(NumberTable, RecognisesSeparators) {
  for (const auto& [text, separator] :
       std::vector<std::pair<std::string, char>>{{"1,2,3\n4,5,6", ','},
                                                 {"1;2;3\n4;5;6", ';'},
                                                 {"1\t2\t3\n4\t5\t6", '\t'},
                                                 {"1 2 3\n4 5 6", ' '},
                                                 {"1 2 3 \n4 5 6 ", ' '},
                                                 {"  1   2 3\n4 5 \t 6", ' '},
                                                 {"1, 2 ,3\n 4,\t5, 6 ", ','}}) {
    const NumberTable table = parse(text);
    EXPECT_EQ(table.separator, separator) << text;
    EXPECT_EQ(table.columns, 3U) << text;
    EXPECT_EQ(table.values, (Values{1, 2, 3, 4, 5, 6})) << text;
  }
  EXPECT_EQ(parse("7\n8\n").columns, 1U);
}

TEST(NumberTable, ReadsNumbersInTheirForms) {
  EXPECT_EQ(parse("6.0000 -1.0000 -0.631 1e3 1.5E-2 +4 .5 5. 0000012 16777216 -0").values,
            (Values{6, -1, -0.631F, 1000, 0.015F, 4, 0.5F, 5, 12, 16777216, 0}));
  EXPECT_EQ(parse("0.1,3.4028234e38,1e-45,1e-50,123456789").values,
            (Values{0.1F, 3.4028234e38F, 1e-45F, 0, 123456789.0F}));
}

TEST(NumberTable, ReadsLineEndsAndByteOrderMark) {
  for (const char* text :
       {"1,2\r\n3,4\r\n", "1,2\n3,4",
        "\xef\xbb\xbf"
        "1,2\n3,4\n",
        "1,2\n3,4\n\n\r\n  \n", "1,2\r\n3,4", "1,2\r3,4\r", "1,2\r\r\n3,4\r\r\n", "1,2\n3,4\r"})
    EXPECT_EQ(parse(text).values, (Values{1, 2, 3, 4})) << text;
  EXPECT_EQ(parse("\xef\xbb\xbflabel,x\n1,2\n").header[0], "label");
}

TEST(NumberTable, ReadsQuotationMarks) {
  const NumberTable table = parse("\"label\",\"a, \"\"b\"\"\" , \"c\"\n\"5\", \"-1.5\" ,7\n");
  EXPECT_EQ(table.header, (std::vector<std::string>{"label", "a, \"b\"", "c"}));
  EXPECT_EQ(table.values, (Values{5, -1.5F, 7}));
  EXPECT_EQ(parse("\"1\" \"2\"\n\"3\" 4").values, (Values{1, 2, 3, 4}));
  EXPECT_TRUE(mentions(refused("a,b\n1,\"2"), {"line 2, column 2 ('b')", "quotation mark"}));
  EXPECT_TRUE(mentions(refused("a,b\n1,\"2\"3\n"), {"line 2, column 2", "quotation mark"}));
  EXPECT_TRUE(mentions(refused("a,\"b\n1,2\n"), {"line 1, column 2", "quotation mark"}));
}

TEST(NumberTable, DoesNotDependOnTheLocale) {
  const std::string before = std::setlocale(LC_ALL, nullptr);
  std::setlocale(LC_ALL, "de_DE.UTF-8");
  EXPECT_EQ(parse("1.5,2.5\n").values, (Values{1.5F, 2.5F}));
  std::setlocale(LC_ALL, before.c_str());
}

TEST(NumberTable, NamesTheFieldThatIsNotANumber) {
  std::string text = "label,pixel1,pixel2\n";
  for (int i = 0; i < 15; ++i) text += "1,2,3\n";
  const auto error = refused(text + "1,2,nan\n");
  EXPECT_TRUE(mentions(error, {"line 17, column 3 ('pixel2'): 'nan' is not a finite number"}));
  EXPECT_EQ(error.offset(), text.size() + 4);
  EXPECT_TRUE(mentions(refused("1,2\n1,nan\n"), {"line 2, column 2:", "'nan' is not a finite number"}));
  EXPECT_TRUE(mentions(refused("nan,2\n1,2\n"), {"line 1, column 1:", "finite"})) << "no header";
  EXPECT_TRUE(mentions(refused("1,,3\n1,2,3\n"), {"line 1, column 2: is empty"})) << "no header";
  EXPECT_TRUE(mentions(refused("1;2;3;4;5;6\n1;2;3;4;5,0;6\n2,0;2,0;2,0;2,0;2,0;6\n"),
                       {"line 3, column 4: '2,0'", "decimals with a point"}));
  for (const char* field : {"inf", "-inf", "1e39", "-1e400", "1e-400", "NaN"})
    EXPECT_TRUE(mentions(refused(std::string("1,2\n3,") + field), {"finite"})) << field;
  for (const char* field : {"-", "+", "+-1", "++1", "1 2", "0x10", "1_000", "1.2.3", "1e", "\x80\x01"}) {
    const NumberTable table = parse(std::string("1,2\n3,") + field);
    ASSERT_EQ(table.texts.size(), 1U) << field;
    EXPECT_EQ(table.texts[0].names, (std::vector<std::string>{"2", field}));
  }
  // A few columns may hold texts; where more do, they are no labels.
  EXPECT_TRUE(mentions(refused("1,2,3,4,5\na,b,c,d,\x1b[31m" + std::string(100, 'x')),
                       {"line 2, column 5: '\\x1b[31mxxx", "...' is not a number"}));
}

TEST(NumberTable, RefusesRowsOfAnotherWidth) {
  EXPECT_TRUE(mentions(refused("1,2,3\n1,2,3\n1,2\n"), {"line 3 has 2 columns, expected 3"}));
  EXPECT_TRUE(mentions(refused("1,2,3\n1,2,3,4,5\n"), {"line 2 has 5 columns, expected 3"}));
  EXPECT_TRUE(mentions(refused("# a\n\n1,2,3\n\n1,2,3,4\n"), {"line 5 has 4 columns", "as in line 3"}));
  EXPECT_TRUE(mentions(refused("1 2 3\n1 2\n"), {"line 2 has 2 columns"}));
}

TEST(NumberTable, RefusesWhatIsNoTable) {
  for (const char* text :
       {"", "\n", "\n\n", "\xef\xbb\xbf", "a,b\n", "hello", "# 1,2", "\xff\xfe", "sep=,\n"})
    refused(text);
  const auto binary = refused(std::string("1,2\n1\0,2\n", 9));
  EXPECT_TRUE(mentions(binary, {"not text", "zero byte"}));
  EXPECT_EQ(binary.offset(), 5U);
  EXPECT_TRUE(mentions(refused(std::string(600'000, ',')), {"262144 columns"}));
}

TEST(NumberTable, TakesNoMoreMemoryThanTwiceTheText) {
  std::string wide;
  for (int i = 0; i < 1000; ++i) wide += "1,";
  wide += "1\n";
  const std::string text = wide + std::string(100'000, '\n');
  EXPECT_LE(parse(text).values.capacity() * sizeof(float), 2 * text.size() + 8);
  EXPECT_LE(parse(wide + wide + wide).values.capacity(), 3 * 1001U + 1);
}

TEST(NumberTable, RecognisesTablesByTheirBeginning) {
  for (const char* text :
       {"5,0,255\n7,1,2\n", "label,a\n5,0\n", "6.0000 -1.0000 \n", "1;2", "5,0,2", "a,b\n1,2", "a,b,c\n1,2",
        "5,0,-", "1,2,3\n\n", "\xef\xbb\xbflabel,a\r\n\"5\",0\r\n", "5,0,\"1", "\n1,2\n", "# x\n1,2\n",
        "1,2\r3,4\r",
        // Faulty ones, too, so that their faults are named.
        "1,nan\n", "1,,2\n", "a,b\n1,x", "1,x,2", "a,b\n1,2,3\n", "NA,0,0\n1,2,3\n", "cat,0,0\n"})
    EXPECT_TRUE(looks_like_number_table(text)) << text;
  for (const char* text : {"", "5\n6\n", "hello, world\n", "hello, world\nhow are you, all\n", "a,b\n",
                           ",,\n,,\n", "P2\n28 28\n", "{\"a\": 1,\n\"b\": 2}", "3 cats\n",
                           "a test of something\n", "# 1,2\n", "cposix\nsystem\n(V1\ntR."})
    EXPECT_FALSE(looks_like_number_table(text)) << text;
  EXPECT_FALSE(looks_like_number_table(std::string_view("1,2\0\n", 5)));
  std::string kaggle = "label";
  for (int i = 0; i < 784; ++i) kaggle += ",pixel" + std::to_string(i);
  EXPECT_FALSE(looks_like_number_table(kaggle));
  kaggle += "\n5";
  for (int i = 0; i < 784; ++i) kaggle += ",0";
  EXPECT_TRUE(looks_like_number_table(kaggle));
  EXPECT_TRUE(looks_like_number_table(kaggle.substr(0, kaggle.size() - 1000)));
}

TEST(NumberTable, EveryTruncationIsATableOrAnError) {
  const std::string text = "\xef\xbb\xbflabel,\"a\"\r\n\"5\",-0.5e1\r\n#\r\n+6,.25,\r\nb,1\r\n\r\n";
  for (std::size_t length = 0; length <= text.size(); ++length) {
    for (int value = 0; value < 256; ++value) {
      std::string changed = text.substr(0, length);
      if (!changed.empty()) changed.back() = static_cast<char>(value);
      looks_like_number_table(changed);
      try {
        const NumberTable table = parse(changed);
        EXPECT_EQ(table.values.size(), table.rows() * table.columns);
      } catch (const Error& error) {
        EXPECT_EQ(error.file(), "t.csv");
      }
    }
  }
}

/// Files of the real world, where SCRAWL_TEST_DATA names a folder with them.
class RealNumberTable : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto folder = environment("SCRAWL_TEST_DATA");
    if (!folder) GTEST_SKIP() << "SCRAWL_TEST_DATA is not set";
    folder_ = *folder;
  }

  NumberTable read(const std::string& name) const {
    const auto path = folder_ / name;
    if (!std::filesystem::exists(path)) return {};
    Bytes bytes = read_file(path);
    if (is_gzip(bytes)) bytes = gunzip(bytes, path.string());
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    EXPECT_TRUE(looks_like_number_table(text.substr(0, 4096)));
    return parse_number_table(text, path.string());
  }

  std::filesystem::path folder_;
};

TEST_F(RealNumberTable, Usps) {
  const NumberTable table = read("usps/zip.train.gz");
  if (table.columns == 0) GTEST_SKIP() << "SCRAWL_TEST_DATA/usps is not there";
  EXPECT_EQ(table.rows(), 7291U);
  EXPECT_EQ(table.columns, 257U);
  EXPECT_EQ(table.separator, ' ');
  EXPECT_EQ(table.at(0, 0), 6.0F);
  for (std::size_t row = 0; row < table.rows(); ++row)
    for (std::size_t column = 1; column < table.columns; ++column)
      ASSERT_LE(std::abs(table.at(row, column)), 1.0F);
}

TEST_F(RealNumberTable, Optdigits) {
  const NumberTable table = read("optdigits/optdigits.tra");
  if (table.columns == 0) GTEST_SKIP() << "SCRAWL_TEST_DATA/optdigits is not there";
  EXPECT_EQ(table.rows(), 3823U);
  EXPECT_EQ(table.columns, 65U);
  EXPECT_TRUE(table.header.empty());
}

TEST_F(RealNumberTable, Kaggle) {
  const NumberTable table = read("containers/mnist_train_100.csv");
  if (table.columns == 0) GTEST_SKIP() << "SCRAWL_TEST_DATA/containers is not there";
  EXPECT_EQ(table.rows(), 100U);
  EXPECT_EQ(table.columns, 785U);
}

}  // namespace
}  // namespace scrawl::number_table_test
