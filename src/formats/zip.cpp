#include "formats/zip.h"

#include "scrawl/error.h"

#include "base/free_memory.h"
#include "base/text.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <set>
#include <string_view>
#include <utility>

#include <zip.h>

namespace scrawl {
namespace {

constexpr std::string_view local_header = "PK\x03\x04";
constexpr std::string_view directory_entry = "PK\x01\x02";
constexpr std::string_view directory_end = "PK\x05\x06";
constexpr std::size_t longest_end = 65535 + 22;  // the record and the comment after it
constexpr std::size_t most_ends = 4;             // an archive that lies at the end of another has one, too
constexpr std::size_t most_zip_entries = 16384;
constexpr zip_uint32_t deflate_level = 6;

template <auto release>
struct Release {
  template <class T>
  void operator()(T* owned) const {
    release(owned);
  }
};
using Archive = std::unique_ptr<zip_t, Release<zip_discard>>;
using OpenFile = std::unique_ptr<zip_file_t, Release<zip_fclose>>;
using Source = std::unique_ptr<zip_source_t, Release<zip_source_free>>;

/// libzip's account of what went wrong.
struct Problem {
  zip_error_t error;
  Problem() { zip_error_init(&error); }
  ~Problem() { zip_error_fini(&error); }
  Problem(const Problem&) = delete;
  Problem& operator=(const Problem&) = delete;
  std::string text() { return zip_error_strerror(&error); }
};

std::size_t occurrences(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + part.size())) ++found;
  return found;
}

std::string quoted_entry(std::string_view name) { return "'" + printable(name, 100) + "'"; }

class Reader {
 public:
  Reader(std::span<const std::byte> bytes, const std::string& file, const UnpackLimits& limits)
      : file_(file),
        packed_left_(bytes.size()),
        most_(most_unpacked(bytes.size(), limits)),
        archive_(open(bytes)) {}

  std::vector<std::string> names() const {
    std::vector<std::string> names;
    const auto count = static_cast<zip_uint64_t>(zip_get_num_entries(archive_.get(), 0));
    for (zip_uint64_t index = 0; index < count; ++index) names.emplace_back(describe(index).name);
    return names;
  }

  std::vector<ZipEntry> read() {
    std::vector<zip_stat_t> files;
    std::set<std::string> names;
    const auto count = static_cast<zip_uint64_t>(zip_get_num_entries(archive_.get(), 0));
    for (zip_uint64_t index = 0; index < count; ++index) {
      const zip_stat_t stat = describe(index);
      const std::string name = stat.name;
      if (name.ends_with('/')) continue;
      check(stat);
      if (!names.insert(name).second) throw fail(name, "occurs twice in the archive; keep only one of them");
      files.push_back(stat);
    }
    require_memory(static_cast<double>(unpacked_), "unpacking it", more_memory, file_);
    std::vector<ZipEntry> entries;
    entries.reserve(files.size());
    for (const auto& stat : files) entries.push_back({stat.name, unpack(stat)});
    return entries;
  }

 private:
  Error fail(std::string_view name, const std::string& message, ErrorCode code = ErrorCode::bad_data) const {
    return {code, "entry " + quoted_entry(name) + " " + message, file_};
  }

  /// What libzip does with directories takes up to quadratic time in their entries, and it looks at every
  /// record that might end the archive. Both are bounded here, before it sees the bytes.
  Archive open(std::span<const std::byte> bytes) const {
    const std::string_view text = as_text(bytes);
    if (!is_zip(bytes))
      throw Error(ErrorCode::bad_data, "is not a ZIP archive: it must begin with 'PK'", file_, 0);
    if (occurrences(text, directory_entry) > most_zip_entries)
      throw Error(
          ErrorCode::bad_data,
          "has more than " + std::to_string(most_zip_entries) + " entries; split it into several archives",
          file_);
    if (occurrences(text.substr(text.size() - std::min(text.size(), longest_end)), directory_end) > most_ends)
      throw Error(ErrorCode::bad_data, "has several ends; it is damaged or made to take time; pack it again",
                  file_);
    Problem problem;
    Source source(zip_source_buffer_create(bytes.data(), bytes.size(), 0, &problem.error));
    Archive archive(source ? zip_open_from_source(source.get(), ZIP_RDONLY, &problem.error) : nullptr);
    if (!archive)
      throw Error(ErrorCode::bad_data,
                  "is a damaged or incomplete ZIP archive (" + problem.text() + "); get the file again",
                  file_);
    static_cast<void>(source.release());  // the archive owns it now
    return archive;
  }

  zip_stat_t describe(zip_uint64_t index) const {
    constexpr zip_uint64_t needed = ZIP_STAT_NAME | ZIP_STAT_INDEX | ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE |
                                    ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD;
    zip_stat_t stat;
    if (zip_stat_index(archive_.get(), index, 0, &stat) != 0 || (stat.valid & needed) != needed)
      throw Error(ErrorCode::bad_data,
                  "entry " + std::to_string(index + 1) + " of the ZIP archive has a damaged description (" +
                      zip_strerror(archive_.get()) + "); get the file again",
                  file_);
    return stat;
  }

  void check(const zip_stat_t& stat) {
    if (stat.encryption_method != ZIP_EM_NONE)
      throw fail(stat.name, "is encrypted; unpack the archive and pack it again without a password",
                 ErrorCode::unsupported);
    if (stat.comp_method != ZIP_CM_STORE && stat.comp_method != ZIP_CM_DEFLATE)
      throw fail(stat.name,
                 "is compressed with method " + std::to_string(stat.comp_method) +
                     ", which cannot be read; pack the archive again with the usual method, deflate",
                 ErrorCode::unsupported);
    // Entries over the same bytes would have them unpacked again and again.
    if (stat.comp_size > packed_left_)
      throw fail(stat.name, "claims more bytes than the archive has left; get the file again");
    packed_left_ -= stat.comp_size;
    if (stat.size > most_ - unpacked_)
      throw fail(stat.name, "would bring the content to more than the " + std::to_string(most_) +
                                " bytes that an archive of this size is allowed; it is damaged or made to "
                                "fill the memory; if you trust it, raise --unpack-limit or --unpack-ratio");
    unpacked_ += stat.size;
  }

  Bytes unpack(const zip_stat_t& stat) const {
    const OpenFile packed(zip_fopen_index(archive_.get(), stat.index, 0));
    if (!packed)
      throw fail(stat.name,
                 std::string("cannot be opened (") + zip_strerror(archive_.get()) + "); get the file again");
    Bytes content;
    std::size_t written = 0;
    while (true) {
      // The one byte more lets libzip come to the end, where it compares size and checksum.
      if (written == content.size())
        content.resize(std::min<std::uint64_t>(std::max<std::uint64_t>(2 * written, 65536), stat.size + 1));
      const auto got = zip_fread(packed.get(), content.data() + written, content.size() - written);
      if (got < 0)
        throw fail(stat.name,
                   std::string("is damaged (") + zip_file_strerror(packed.get()) + "); get the file again");
      written += static_cast<std::size_t>(got);
      if (got == 0 || written > stat.size) break;
    }
    if (written != stat.size)
      throw fail(stat.name, "does not unpack to the " + counted(stat.size, "byte") +
                                " that the archive states; get the file again");
    content.resize(written);
    return content;
  }

  const std::string& file_;
  std::uint64_t packed_left_;
  std::uint64_t most_;
  std::uint64_t unpacked_ = 0;
  Archive archive_;
};

void add(zip_t* archive, const ZipEntry& entry) {
  const auto fail = [&](const std::string& message) {
    return Error(ErrorCode::invalid_argument, "ZIP entry " + quoted_entry(entry.name) + " " + message);
  };
  if (entry.name.empty() || entry.name.ends_with('/') || entry.name.find('\0') != entry.name.npos)
    throw fail("needs the name of a file");
  Source source(zip_source_buffer(archive, entry.data.data(), entry.data.size(), 0));
  const zip_int64_t index =
      source ? zip_file_add(archive, entry.name.c_str(), source.get(), ZIP_FL_ENC_UTF_8) : -1;
  if (index < 0) throw fail(std::string("cannot be added: ") + zip_strerror(archive));
  static_cast<void>(source.release());  // the archive owns it now
  // Day and time as MS-DOS writes them, which know no time zone.
  constexpr zip_uint16_t midnight = 0;
  constexpr zip_uint16_t first_day_of_1980 = 1 << 5 | 1;
  const auto at = static_cast<zip_uint64_t>(index);
  if (zip_file_set_dostime(archive, at, midnight, first_day_of_1980, 0) != 0 ||
      zip_set_file_compression(archive, at, ZIP_CM_DEFLATE, deflate_level) != 0)
    throw fail(std::string("cannot be described: ") + zip_strerror(archive));
}

}  // namespace

bool is_zip(std::span<const std::byte> bytes) {
  const std::string_view text = as_text(bytes);
  return text.starts_with(local_header) || text.starts_with(directory_end);
}

std::vector<ZipEntry> read_zip(std::span<const std::byte> bytes, const std::string& file,
                               const UnpackLimits& limits) {
  return Reader(bytes, file, limits).read();
}

std::vector<std::string> zip_names(std::span<const std::byte> bytes, const std::string& file) {
  return Reader(bytes, file, {}).names();
}

Bytes encode_zip(std::span<const ZipEntry> entries) {
  if (entries.size() > most_zip_entries)
    throw Error(ErrorCode::invalid_argument,
                "a ZIP archive may have " + std::to_string(most_zip_entries) + " entries at most");
  if (entries.empty()) {  // libzip would write no bytes at all
    Bytes end(22);
    std::ranges::copy(std::as_bytes(std::span(directory_end)), end.begin());
    return end;
  }
  Problem problem;
  const auto fail = [&](const std::string& why) {
    return Error(ErrorCode::io, "cannot make the ZIP archive: " + why);
  };
  const Source packed(zip_source_buffer_create(nullptr, 0, 0, &problem.error));
  if (!packed) throw fail(problem.text());
  Archive archive(zip_open_from_source(packed.get(), ZIP_TRUNCATE, &problem.error));
  if (!archive) throw fail(problem.text());
  zip_source_keep(packed.get());  // now both the archive and `packed` own it
  for (const auto& entry : entries) add(archive.get(), entry);
  if (zip_close(archive.get()) != 0) throw fail(zip_strerror(archive.get()));
  static_cast<void>(archive.release());

  zip_stat_t stat;
  if (zip_source_stat(packed.get(), &stat) != 0 || zip_source_open(packed.get()) != 0)
    throw fail(zip_error_strerror(zip_source_error(packed.get())));
  Bytes bytes(stat.size);
  const zip_int64_t got = zip_source_read(packed.get(), bytes.data(), bytes.size());
  zip_source_close(packed.get());
  if (got != static_cast<zip_int64_t>(bytes.size())) throw fail("it cannot be read back");
  return bytes;
}

}  // namespace scrawl
