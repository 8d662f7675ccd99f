#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

/// What scrawl asks of the file system. Everything else goes through here in place of std::filesystem, of
/// which only `path` is used: its functions throw exceptions of their own, or hide what went wrong.
namespace scrawl {

/// Whether there is something of this name. What no name can lead to (too long, through a file, in circles)
/// is not there. These three throw Error(io) where it cannot be told, such as in a folder that may not be
/// read.
bool file_exists(const std::filesystem::path& path);
/// A regular file, or a symbolic link to one.
bool is_file(const std::filesystem::path& path);
/// A folder, or a symbolic link to one.
bool is_folder(const std::filesystem::path& path);

/// Whether both names lead to the same file; not if one of them leads nowhere.
bool is_same_file(const std::filesystem::path& a, const std::filesystem::path& b);

/// What lies in a folder, in no order, as `folder` / NAME. Throws Error(not_found), Error(io), and
/// Error(bad_data) for more than `most` entries.
std::vector<std::filesystem::path> list_folder(const std::filesystem::path& folder,
                                               std::size_t most = 10'000'000);

/// Creates the folder and its parents. Throws Error(io).
void make_folder(const std::filesystem::path& path);

/// Renames a file or folder; an empty folder there is replaced. Throws Error(io).
void rename_file(const std::filesystem::path& from, const std::filesystem::path& to);

/// Removes a file or an empty folder, if there is one. Throws Error(io).
void remove_file(const std::filesystem::path& path);
/// Removes a file, or a folder with all that it holds, as far as possible.
void remove_quietly(const std::filesystem::path& path) noexcept;
/// Removes a folder unless something is in it.
void remove_if_empty(const std::filesystem::path& folder) noexcept;

/// Absolute, without "." and "..", symbolic links kept. Throws Error(io) if the current folder is gone.
std::filesystem::path absolute_path(const std::filesystem::path& path);
/// With all symbolic links followed; the path itself where that leads nowhere.
std::filesystem::path real_path(const std::filesystem::path& path);

/// TMPDIR, or /tmp. Throws Error(io) if it is not a folder.
std::filesystem::path temporary_place();

}  // namespace scrawl
