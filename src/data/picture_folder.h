#pragma once

#include "scrawl/dataset.h"

#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace scrawl {

struct PictureFolder {
  Dataset data;                          ///< of shape 1x28x28, white ink on black as in MNIST
  std::vector<std::string> class_names;  ///< data.classes of them
  std::size_t inverted = 0;              ///< pictures that were dark on bright
  std::size_t brought = 0;               ///< pictures that were brought into MNIST's form
};

/// Whether `path` is a folder with folders in it, in at least one of which lies a picture. Looks at the
/// beginnings of files only; false for what cannot be read.
bool is_picture_folder(const std::filesystem::path& path);

/// Reads FOLDER/CLASS/PICTURE. Where the names of all classes are whole numbers, they are the labels (0 to
/// 255); else the classes are numbered in natural order ("2" before "10"). Pictures come by class, then in
/// the natural order of their names. What is no picture by its content is passed over, unless its name ends
/// as a picture's does (.png, .jpg ...) and does not begin with a dot; so are hidden folders and deeper ones.
///
/// Pictures that all have one size of at most 64x64 are taken for digits cut out alike: each is inverted if
/// the median of its border and all four corners are above 127, so that bright things that touch the border
/// stay bright; those of 28x28 are then kept as they are, others brought into MNIST's form. Otherwise each
/// picture is made bright on black by its own border, the median of which is the background, and brought into
/// MNIST's form (see image/mnist_form.h).
///
/// Throws Error(not_found) if there is no such folder, Error(bad_data) naming the folder or the file for a
/// folder without pictures, damaged pictures, more than 256 classes or 10 million files, and what
/// decode_picture throws. Holds one decoded picture at a time, and at most 4096 bytes for each of the others.
PictureFolder read_picture_folder(const std::filesystem::path& path);

/// Throws Error(invalid_argument) for pictures that are not grey, and for names that cannot be folders'.
void check_pictures(const DatasetView& data, std::span<const std::string> class_names);

/// Writes FOLDER/CLASS/00001.png and so on, counted in each class; where `class_names` is empty, labels name
/// the folders. read_picture_folder returns 28x28 pictures with mostly dark borders, ordered by label, bit
/// for bit. Files are not synced, which would take minutes. REQUIRES what check_pictures checks.
void write_pictures(const std::filesystem::path& folder, const DatasetView& data,
                    std::span<const std::string> class_names);

}  // namespace scrawl
