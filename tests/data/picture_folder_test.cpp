#include "data/picture_folder.h"

#include "scrawl/data_files.h"

#include "base/files.h"
#include "base/sha256.h"
#include "image/mnist_form.h"
#include "image/png.h"
#include "testing.h"

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

namespace scrawl::picture_folder_test {
namespace {

namespace fs = std::filesystem;
using test::error_of;
using test::mentions;
using test::TempFolder;

/// A square of 4x4 of `ink` on `background`; `place` tells pictures apart.
GreyImage square(std::size_t width, std::size_t height, std::uint8_t place, std::uint8_t background = 0,
                 std::uint8_t ink = 255) {
  GreyImage image{width, height, std::vector<std::uint8_t>(width * height, background)};
  for (std::size_t y = 4; y < 8; ++y)
    for (std::size_t x = 4; x < 8; ++x) image.pixels[(y + place) * width + x] = ink;
  return image;
}

void put(const fs::path& path, const GreyImage& image) {
  make_folder(path.parent_path());
  AtomicFile file(path);
  file.write(encode_png(image));
  file.commit();
}

std::vector<std::uint8_t> image_of(const PictureFolder& read, std::size_t i) {
  const DatasetView view = read.data.view();
  const auto image = view.image(i);
  return {image.begin(), image.end()};
}

std::vector<std::uint8_t> in_form(const GreyImage& image) {
  const MnistImage form = to_mnist_form(image);
  return {form.begin(), form.end()};
}

TEST(PictureFolder, NumbersAreLabelsAndNamesSortNaturally) {
  const TempFolder folder;
  put(folder / "set/7/10.png", square(28, 28, 3));
  put(folder / "set/7/2.png", square(28, 28, 2));
  put(folder / "set/0/picture without ending", square(28, 28, 1));
  const PictureFolder read = read_picture_folder(folder / "set/");
  EXPECT_EQ(read.data.name, "set");
  EXPECT_EQ(read.data.shape, (Shape{1, 28, 28}));
  EXPECT_EQ(read.data.classes, 8U);
  EXPECT_EQ(read.class_names, (std::vector<std::string>{"0", "1", "2", "3", "4", "5", "6", "7"}));
  EXPECT_EQ(read.data.labels, (std::vector<std::uint8_t>{0, 7, 7}));
  for (std::uint8_t i = 0; i < 3; ++i)
    EXPECT_EQ(image_of(read, i), square(28, 28, static_cast<std::uint8_t>(i + 1)).pixels);
  Sha256 hash;
  hash.add(std::as_bytes(std::span(read.data.images)));
  hash.add(std::as_bytes(std::span(read.data.labels)));
  EXPECT_EQ(read.data.sha256, hash.hex());
}

TEST(PictureFolder, OtherNamesAreNumberedInNaturalOrder) {
  const TempFolder folder;
  for (const char* name : {"class 10", "class 9", "8"}) put(folder / name / "a.png", square(28, 28, 1));
  const PictureFolder read = read_picture_folder(folder.path());
  EXPECT_EQ(read.class_names, (std::vector<std::string>{"8", "class 9", "class 10"}));
  EXPECT_EQ(read.data.labels, (std::vector<std::uint8_t>{0, 1, 2}));
}

TEST(PictureFolder, BlackOnWhiteIsInvertedOneByOne) {
  const TempFolder folder;
  put(folder / "0/1.png", square(28, 28, 1, 255, 0));
  put(folder / "0/2.png", square(28, 28, 2, 255, 0));
  put(folder / "1/1.png", square(28, 28, 3, 0, 255));
  const PictureFolder read = read_picture_folder(folder.path());
  EXPECT_EQ(image_of(read, 0), square(28, 28, 1).pixels);
  EXPECT_EQ(image_of(read, 2), square(28, 28, 3).pixels);
  EXPECT_EQ(read.inverted, 2U);
  EXPECT_EQ(read.brought, 0U);
}

TEST(PictureFolder, BrightThingsAtTheBorderStayBright) {
  const TempFolder folder;
  GreyImage dress = square(28, 28, 1);
  std::fill(dress.pixels.begin(), dress.pixels.end(), std::uint8_t{200});
  dress.pixels.back() = 0;
  put(folder / "0/1.png", dress);
  const PictureFolder read = read_picture_folder(folder.path());
  EXPECT_EQ(image_of(read, 0), dress.pixels);
}

TEST(PictureFolder, SmallPicturesOfOneSizeTakeMnistsForm) {
  const TempFolder folder;
  for (std::uint8_t i = 0; i < 5; ++i) put(folder / std::to_string(i) / "1.png", square(16, 16, i, 255, 0));
  const PictureFolder read = read_picture_folder(folder.path());
  for (std::uint8_t i = 0; i < 5; ++i) EXPECT_EQ(image_of(read, i), in_form(square(16, 16, i)));
}

TEST(PictureFolder, PicturesOfSeveralSizesAreTreatedOneByOne) {
  const TempFolder folder;
  put(folder / "0/1.png", square(28, 28, 0, 255, 0));   // black on white
  put(folder / "0/2.png", square(28, 28, 0));           // white on black
  put(folder / "0/3.png", square(90, 70, 0, 200, 20));  // dark grey on light grey
  put(folder / "0/4.png", square(28, 28, 0, 40));       // white on dark grey
  const PictureFolder read = read_picture_folder(folder.path());
  const std::vector<std::uint8_t> expected = in_form(square(28, 28, 0));
  EXPECT_EQ(image_of(read, 0), expected);
  EXPECT_EQ(image_of(read, 1), expected);
  EXPECT_EQ(image_of(read, 2), in_form(square(90, 70, 0, 0, 180 * 255 / 200)));
  EXPECT_EQ(image_of(read, 3), expected);
}

TEST(PictureFolder, WhatIsNoPictureIsPassedOver) {
  const TempFolder folder;
  put(folder / "3/1.png", square(28, 28, 1));
  write_file(folder / "3/.DS_Store", "Bud1");
  write_file(folder / "3/Thumbs.db", "thumbs");
  write_file(folder / "3/README", "Pictures of threes");
  write_file(folder / "3/._1.png", "of another system");
  write_file(folder / "labels.csv", "1,3");
  put(folder / ".cache/9/1.png", square(28, 28, 1));
  put(folder / "3/deeper/1.png", square(28, 28, 1));
  put(folder / "3/.hidden", square(28, 28, 2));
  make_folder(folder / "5");
  const PictureFolder read = read_picture_folder(folder.path());
  EXPECT_EQ(read.data.labels, (std::vector<std::uint8_t>{3, 3}));
  EXPECT_EQ(read.data.classes, 6U) << "an empty folder still names its class";
}

TEST(PictureFolder, LinksInCirclesEnd) {
  const TempFolder folder;
  put(folder / "1/1.png", square(28, 28, 1));
  fs::create_directory_symlink(folder.path(), folder / "1/up");
  fs::create_symlink("self", folder / "1/self");
  fs::create_symlink("self.png", folder / "1/self.png");
  fs::create_directory_symlink(folder / "1", folder / "2");
  EXPECT_EQ(read_picture_folder(folder.path()).data.labels, (std::vector<std::uint8_t>{1, 2}));
  EXPECT_TRUE(is_picture_folder(folder.path()));
}

TEST(PictureFolder, WhatCannotBeASetIsRefusedWithARemedy) {
  const auto refused = [](const fs::path& path, ErrorCode code, const std::vector<std::string_view>& parts) {
    const Error error = error_of([&] { read_picture_folder(path); });
    EXPECT_EQ(error.code(), code) << error.what();
    EXPECT_TRUE(mentions(error, parts));
  };
  const TempFolder folder;
  refused(folder / "nowhere", ErrorCode::not_found, {"nowhere"});
  write_file(folder / "file", "no folder");
  refused(folder / "file", ErrorCode::io, {"file"});
  refused(folder.path(), ErrorCode::bad_data,
          {folder.path().string(), "no folders", "one folder of pictures"});
  make_folder(folder / "empty/0");
  refused(folder / "empty", ErrorCode::bad_data, {"no pictures", "one folder of pictures"});
  put(folder / "names/a/1.png", square(28, 28, 1));
  make_folder(folder / "names/b/deeper");
  refused(folder / "names", ErrorCode::bad_data, {"names/b", "no pictures", "remove"});
  put(folder / "large/256/1.png", square(28, 28, 1));
  refused(folder / "large", ErrorCode::bad_data, {"large/256", "255", "rename"});
  put(folder / "twice/1/1.png", square(28, 28, 1));
  put(folder / "twice/01/1.png", square(28, 28, 1));
  refused(folder / "twice", ErrorCode::bad_data, {"same number"});
  for (int i = 0; i < 257; ++i) make_folder(folder / ("many/c" + std::to_string(i)));
  refused(folder / "many", ErrorCode::bad_data, {"257 folders", "256"});
  put(folder / "damaged/1/1.png", square(28, 28, 1));
  write_file(folder / "damaged/1/2.PNG", "not a picture at all");
  refused(folder / "damaged", ErrorCode::bad_data, {"damaged/1/2.PNG", "not a picture"});
  put(folder / "heic/1/1.png", square(28, 28, 1));
  write_file(folder / "heic/1/2", "1234ftypheic");
  refused(folder / "heic", ErrorCode::unsupported, {"heic/1/2", "HEIC"});
}

TEST(PictureFolder, IsToldFromOtherFolders) {
  const TempFolder folder;
  EXPECT_FALSE(is_picture_folder(folder / "nowhere"));
  EXPECT_FALSE(is_picture_folder(folder.path()));
  write_file(folder / "train-images-idx3-ubyte", "");
  make_folder(folder / "0");
  write_file(folder / "0/README", "empty");
  EXPECT_FALSE(is_picture_folder(folder.path()));
  put(folder / "1/picture", square(28, 28, 1));
  EXPECT_TRUE(is_picture_folder(folder.path()));
}

Dataset made_up() {
  Dataset data;
  data.shape = {1, 28, 28};
  data.classes = 3;
  for (std::uint8_t i = 0; i < 12; ++i) {
    data.labels.push_back(static_cast<std::uint8_t>(i < 2 ? 0 : 2));
    const GreyImage image = square(28, 28, i, 0, static_cast<std::uint8_t>(200 + i));
    data.images.insert(data.images.end(), image.pixels.begin(), image.pixels.end());
  }
  return data;
}

void write_picture_folder(const fs::path& folder, const Dataset& data,
                          const std::vector<std::string>& class_names = {}) {
  DataPart part{.part = {}, .data = data};
  part.data.class_names = class_names;
  write_data(folder, DataFormat::pictures, {part}, false);
}

TEST(PictureFolder, WhatIsWrittenComesBack) {
  const TempFolder folder;
  const Dataset data = made_up();
  write_picture_folder(folder / "deep/digits", data);
  EXPECT_TRUE(fs::exists(folder / "deep/digits/0/00002.png"));
  EXPECT_TRUE(fs::exists(folder / "deep/digits/2/00010.png"));
  EXPECT_FALSE(fs::exists(folder / "deep/digits/.unfinished"));
  const PictureFolder read = read_picture_folder(folder / "deep/digits");
  EXPECT_EQ(read.data.images, data.images);
  EXPECT_EQ(read.data.labels, data.labels);
  EXPECT_EQ(read.data.classes, data.classes);

  const std::vector<std::string> names = {"oh", "one", "two"};
  make_folder(folder / "named");
  write_picture_folder(folder / "named", data, names);
  const PictureFolder named = read_picture_folder(folder / "named");
  EXPECT_EQ(named.class_names, names);
  EXPECT_EQ(named.data.images, data.images);
}

TEST(PictureFolder, WritingRefusesWhatCannotComeBack) {
  const TempFolder folder;
  const Dataset data = made_up();
  const auto refused = [&](const Dataset& set, const std::vector<std::string>& names) {
    return error_of([&] { write_picture_folder(folder / "new", set, names); });
  };
  write_file(folder / "there", "");
  EXPECT_TRUE(mentions(error_of([&] { write_picture_folder(folder.path(), data); }), {"not an empty"}));
  EXPECT_TRUE(mentions(error_of([&] { write_picture_folder(folder / "there", data); }), {"there"}));
  for (const std::vector<std::string>& names : std::vector<std::vector<std::string>>{
           {"a", "b"}, {"a", "b", "a"}, {"a", "", "c"}, {"a", "../b", "c"}, {"a", "..", "c"}})
    EXPECT_EQ(refused(data, names).code(), ErrorCode::invalid_argument);
  Dataset colours = data;
  colours.shape = {4, 14, 14};
  EXPECT_EQ(refused(colours, {}).code(), ErrorCode::invalid_argument);
  EXPECT_FALSE(fs::exists(folder / "new"));
}

}  // namespace
}  // namespace scrawl::picture_folder_test
