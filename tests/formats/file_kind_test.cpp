#include "formats/file_kind.h"

#include "testing.h"

#include <gtest/gtest.h>

namespace scrawl::file_kind_test {
namespace {

using namespace std::string_literals;

std::string kind_of(const std::string& text) { return file_kind(std::as_bytes(std::span(text))); }
std::string problem_of(const std::string& text) {
  return wrong_file(std::as_bytes(std::span(text)), "a model", "name a model file");
}

TEST(FileKind, IsToldByTheFirstBytes) {
  EXPECT_EQ(kind_of("\x89PNG\r\n\x1a\n\0\0\0\rIHDR"s), "a PNG picture");
  EXPECT_EQ(kind_of("\xff\xd8\xff\xe0\0\x10JFIF"s), "a JPEG picture");
  EXPECT_EQ(kind_of("RIFF\1\2\3\4WEBPVP8 "s), "a WebP picture");
  EXPECT_EQ(kind_of("\x1f\x8b\x08\0"s), "compressed with gzip");
  EXPECT_EQ(kind_of("\0\0\x08\3\0\0\xea\x60"s), "an IDX file with images, as of MNIST");
  EXPECT_EQ(kind_of(std::string(257, 'x') + "ustar"), "a tar archive");
  EXPECT_EQ(kind_of("\xfe\xed\xfa\xce"s), "");
}

TEST(FileKind, TellsTextByItsBeginning) {
  EXPECT_EQ(kind_of("label,pixel0\r\n5,0\r\n"), "a text file that begins with 'label,pixel0'");
  EXPECT_EQ(kind_of("\xef\xbb\xbf数字\n"), "a text file that begins with '数字'");
  EXPECT_EQ(kind_of("  <!DOCTYPE HTML><html>"), "a web page");
  EXPECT_EQ(kind_of("<svg/>"), "an SVG picture");
  EXPECT_EQ(kind_of("\n \n"), "a text file without any text");
  EXPECT_EQ(kind_of("text\x1b[2J"), "");
  // The 512 bytes that are looked at end within a character.
  EXPECT_EQ(kind_of(std::string(511, 'a') + "é" + std::string(600, 'b')),
            "a text file that begins with '" + std::string(40, 'a') + "...'");
}

TEST(FileKind, MessagesSayWhatToDo) {
  EXPECT_EQ(problem_of("GIF89a"), "is a GIF picture, not a model; name a model file");
  EXPECT_EQ(problem_of("\xfe\xed\xfa\xce"), "is not a model; name a model file");
  EXPECT_EQ(problem_of(""), "is empty, expected a model; copy or download it again");
  EXPECT_EQ(problem_of(std::string(4096, '\0')),
            "contains only zero bytes, expected a model; copy or download it again");
  EXPECT_TRUE(
      test::mentions(Error(ErrorCode::io, problem_of("version https://git-lfs.github.com/spec/v1\noid")),
                     {"Git LFS", "git lfs pull"}));
  EXPECT_EQ(problem_of("<html>"), "is a web page, not a model; download the file that the page links to");
}

}  // namespace
}  // namespace scrawl::file_kind_test
